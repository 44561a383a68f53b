package engine

import (
	"errors"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// statusOf tells from the error of an operation what has been done of it. What was
// there already was there before: the operation has done nothing. A system call that
// failed, and an answer that was lost, say nothing of what has been done.
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

// A place of an operation: the list that it is in, and where in that.
type opAt struct{ list, op int }

// Outcome says how an operation ended, given the indices of its list and of the
// operation in it. Done, Failed and NotSent are certain; Unknown has to be looked up.
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
	return p.late[at] // NotSent is its zero
}

func (a opAt) before(b opAt) bool { return a.list < b.list || a.list == b.list && a.op < b.op }

// early finds an operation among the jobs of the thread that makes namespaces: the
// job, and where in that.
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
