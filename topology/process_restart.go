package topology

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// A RestartPolicy says when a process that has ended is started again, in
// containerlab's and compose's words.
type RestartPolicy struct {
	// When is RestartNever, RestartOnFailure or RestartAlways.
	When RestartWhen
	// Max is how often in a row, after failures; 0 for without end.
	Max int
}

// RestartWhen is one of the words of a restart policy.
type RestartWhen uint8

const (
	// RestartNever is "no".
	RestartNever RestartWhen = iota
	// RestartOnFailure is for an exit status other than 0, and for signals.
	RestartOnFailure
	// RestartAlways is "always" or "unless-stopped": what "nslab stop" has
	// stopped stays so with both.
	RestartAlways
)

func (r RestartPolicy) String() string {
	switch {
	case r.When == RestartAlways:
		return "always"
	case r.When == RestartNever:
		return "no"
	case r.Max > 0:
		return "on-failure:" + strconv.Itoa(r.Max)
	}
	return "on-failure"
}

const maxRestarts = 1_000_000

// ParseRestartPolicy reads what String returns, and the file's words.
func ParseRestartPolicy(text string) (r RestartPolicy, err error) {
	switch word, n, counted := strings.Cut(text, ":"); {
	case counted && word == "on-failure":
		r.When = RestartOnFailure
		if r.Max, err = strconv.Atoi(n); err != nil || r.Max < 1 || r.Max > maxRestarts || n != strconv.Itoa(r.Max) {
			return r, fmt.Errorf("restart-policy %q: the number is not from 1 to %d", plain.Clip(text), maxRestarts)
		}
	case text == "no" || text == "":
	case text == "on-failure":
		r.When = RestartOnFailure
	case text == "always" || text == "unless-stopped":
		r.When = RestartAlways
	default:
		return r, fmt.Errorf("restart-policy is %q", plain.Clip(text))
	}
	return r, nil
}

func (p *fileParser) readRestart(v *yamlNode) RestartPolicy {
	if v == nil {
		return RestartPolicy{}
	}
	r, err := ParseRestartPolicy(v.text)
	if err != nil {
		p.Add(v.at, "write no, on-failure, on-failure:N, always or unless-stopped", "%v", err)
	}
	return r
}
