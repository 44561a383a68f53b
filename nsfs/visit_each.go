package nsfs

import "iter"

// VisitEach runs fn inside each of the namespaces with the given names, one after
// the other on one thread, which [Handle.Do] would start anew each time. The rules
// for fn are those of Do; the handle is closed when fn has returned. Where a
// namespace cannot be opened or entered, fn is given the error instead, which is
// that of [Dir.Open], and runs in a namespace that means nothing.
//
// VisitEach ends with the names, or with the first error that fn returns, and
// returns that.
func (d Dir) VisitEach(names iter.Seq[string], fn func(name string, h *Handle, err error) error) error {
	return onThread(func(t *thread) error {
		// What the thread leaves is not worth the way back: it ends.
		t.spoilt = true
		for name := range names {
			if err := d.visit(name, fn); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d Dir) visit(name string, fn func(name string, h *Handle, err error) error) error {
	h, err := d.Open(name)
	if err != nil {
		return fn(name, nil, err)
	}
	defer h.Close()
	if err := h.control(setns); err != nil {
		return fn(name, nil, d.fail("enter network namespace", name, err))
	}
	return fn(name, h, nil)
}
