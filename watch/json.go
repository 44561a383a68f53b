package watch

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/plain"
)

// jsonVersion is the version of each line. It changes when a key is removed or
// changes its meaning.
const jsonVersion = 1

type jsonEvent struct {
	Version int          `json:"version"`
	Time    time.Time    `json:"time"`
	NetNS   string       `json:"netns,omitempty"`
	NetNSX  string       `json:"netns_hex,omitempty"`
	Lab     string       `json:"lab,omitempty"`
	Node    string       `json:"node,omitempty"`
	Kind    string       `json:"kind"`
	Action  string       `json:"action"`
	Source  string       `json:"source,omitempty"`
	Name    string       `json:"name,omitempty"`
	NameX   string       `json:"name_hex,omitempty"`
	Words   string       `json:"words,omitempty"`
	WordsX  string       `json:"words_hex,omitempty"`
	Was     string       `json:"was,omitempty"`
	WasX    string       `json:"was_hex,omitempty"`
	Changes []jsonChange `json:"changes,omitempty"`
	Count   *int         `json:"count,omitempty"`
	Error   string       `json:"error,omitempty"`
	Process *jsonProcess `json:"process,omitempty"`
	// Message is in the form of nslab decode.
	Message json.RawMessage `json:"message,omitempty"`
}

type jsonChange struct {
	Name string  `json:"name"`
	Old  *string `json:"old"`
	OldX string  `json:"old_hex,omitempty"`
	New  *string `json:"new"`
	NewX string  `json:"new_hex,omitempty"`
}

// jsonProcess has the name "kernel" with port 0 and "unknown" without a
// process.
type jsonProcess struct {
	Name string `json:"name"`
	PID  int    `json:"pid,omitempty"`
	Port uint32 `json:"port"`
}

// hexOf returns the bytes of a text in hexadecimal if it is not UTF-8, else "".
func hexOf(s string) string {
	if utf8.ValidString(s) {
		return ""
	}
	return hex.EncodeToString([]byte(s))
}

// JSON returns the event as one line of JSON without a newline. What is not
// printable is escaped, and what is not UTF-8 becomes U+FFFD. A text with such
// bytes has a second key, with "_hex" at its end, that has the bytes.
func (e *Event) JSON() ([]byte, error) {
	j := jsonEvent{
		Version: jsonVersion, Time: e.Time, NetNS: e.Space.NetNS, NetNSX: hexOf(e.Space.NetNS), Lab: e.Space.Lab, Node: e.Space.Node,
		Kind: e.Kind.String(), Action: e.Action.String(),
		Name: e.Name, NameX: hexOf(e.Name), Words: e.Words, WordsX: hexOf(e.Words), Was: e.Was, WasX: hexOf(e.Was),
	}
	if e.Kind != NetNS {
		j.Source = e.Source.String()
	}
	for _, c := range e.Changes {
		change := jsonChange{Name: c.Name, Old: c.Old, New: c.New}
		if c.Old != nil {
			change.OldX = hexOf(*c.Old)
		}
		if c.New != nil {
			change.NewX = hexOf(*c.New)
		}
		j.Changes = append(j.Changes, change)
	}
	if e.Action == Ready || e.Action == Reread {
		j.Count = &e.Count
	}
	if e.Err != nil {
		j.Error = e.Err.Error()
	}
	if e.message != nil {
		j.Process = &jsonProcess{Name: "unknown", Port: e.Port}
		switch {
		case e.Process != nil:
			j.Process.Name, j.Process.PID = e.Process.Name, e.Process.PID
		case e.Port == 0:
			j.Process.Name = "kernel"
		}
		m := decode(*e.message)
		j.Message = m.AppendJSON(nil)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&j); err != nil {
		return nil, err
	}
	return plain.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
