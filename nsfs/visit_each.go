package nsfs

import "iter"

// VisitEach runs fn inside each of the namespaces with the given names, one
// after the other. It uses one thread, where [Handle.Do] would start one each
// time. The rules for fn are those of Do. The handle is closed when fn returns.
// If a namespace cannot be opened or entered, fn gets the error instead, which
// is that of [Dir.Open]; the namespace it runs in is then unspecified.
//
// VisitEach ends after the last name, or with the first error that fn returns,
// which it returns.
func (d Dir) VisitEach(names iter.Seq[string], fn func(name string, h *Handle, err error) error) error {
	return onThread(func(t *thread) error {
		// Going back to the old namespace is not worth it: the thread ends.
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
