package engine

import (
	"errors"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// statusOf derives from an error whether the operation took effect. ErrExist
// means that the object existed before, so the operation did nothing. After a
// failed system call or a lost answer, it is unknown.
func statusOf(err error) rtnl.Status {
	var answer *rtnl.Error
	var no *sysctl.RefusedError
	var noDevice *rtnl.NoDeviceError
	var errno unix.Errno
	switch {
	case err == nil:
		return rtnl.Done
	case errors.As(err, &noDevice):
		return rtnl.NotSent
	case errors.As(err, &answer) && answer.Errno != 0, errors.As(err, &no), errors.Is(err, fs.ErrExist):
		return rtnl.Failed
	case errors.Is(err, rtnl.ErrNotSent) && !errors.As(err, &errno):
		return rtnl.NotSent
	}
	return rtnl.Unknown
}

// opAt is the position of an operation: the index of its list, and its index
// there.
type opAt struct{ list, op int }

// Outcome returns how an operation ended, given the indices of its list and of
// the operation in it. Done, Failed and NotSent are certain. Unknown means that
// the caller has to look.
func (p *Progress) Outcome(list, op int) rtnl.Status {
	at := opAt{list, op}
	switch {
	case list < p.Done:
		return rtnl.Done
	case !p.Begun(list):
		return rtnl.NotSent
	}
	if j, k, ok := p.early(at); ok {
		switch job := &p.jobs[j]; {
		case k < job.done:
			return rtnl.Done
		case k == job.done && job.err != nil:
			return statusOf(job.err)
		}
		return rtnl.NotSent
	}
	if at.before(p.told) {
		return rtnl.Done
	}
	return p.late[at] // the zero value is NotSent
}

func (a opAt) before(b opAt) bool { return a.list < b.list || a.list == b.list && a.op < b.op }

// early finds an operation among the jobs of the thread that creates
// namespaces. It returns the index of the job and of the operation in it.
func (p *Progress) early(at opAt) (job, op int, ok bool) {
	j := p.jobOf(at.list)
	for ; j >= 0 && j < len(p.jobs); j-- {
		if p.jobs[j].at == at {
			return j, 0, true
		}
		for k := range p.jobs[j].then {
			if p.jobs[j].then[k].at == at {
				return j, k + 1, true
			}
		}
		if p.jobs[j].at.list < at.list {
			break
		}
	}
	return 0, 0, false
}
