package topology

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
)

// routeDev is an interface that a node's route refers to.
type routeDev struct {
	name string
	at   Pos
}

// readRoutes reads the routes of a node, each written like the arguments of "ip
// route add".
func (p *fileParser) readRoutes(spec *nodeSpec, s scope, places *nodePlaces) (all [][]string, devs []routeDev) {
	for _, v := range spec.in.items("routes") {
		text, ok := p.expand(v, s)
		if !ok {
			continue
		}
		words, names, err := parseRoute(text, spec.vrfTable)
		if err != nil {
			p.Add(v.at, `write what follows "ip route add"`, "route %q: %s", plain.Clip(text), err)
			continue
		}
		all = append(all, words)
		places.routes = append(places.routes, v.at)
		for _, d := range names {
			devs = append(devs, routeDev{d, v.at})
		}
	}
	return all, devs
}

// parseRoute splits the words of a route and reads them. Words that name a VRF
// are replaced by those that name its table. It also returns the interfaces
// that the words name.
func parseRoute(text string, tableOf func(vrf string) (uint32, error)) (words, devs []string, err error) {
	words, err = iproute.Split(text)
	if err != nil {
		return nil, nil, err
	}
	add, vrf, err := readRoute(words)
	if err == nil && vrf != "" {
		var table uint32
		if table, err = tableOf(vrf); err == nil {
			words, add, err = withTable(words, vrf, table)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	for l := range add.Links() {
		devs = append(devs, l.Name)
	}
	return words, devs, nil
}

// withTable returns the words of a route with the table of a VRF in place of
// the two words that name the VRF. An interface may have the same name.
func withTable(words []string, vrf string, table uint32) ([]string, *rtnl.RouteAdd, error) {
	for i := range len(words) - 1 {
		if words[i] != "vrf" || words[i+1] != vrf {
			continue
		}
		tried := slices.Clone(words)
		tried[i], tried[i+1] = "table", strconv.FormatUint(uint64(table), 10)
		if add, left, err := readRoute(tried); err == nil && left == "" {
			return tried, add, nil
		}
	}
	return nil, nil, errors.New(`write "vrf" in full`)
}

// vrfTable returns the table of a VRF of the node.
func (spec *nodeSpec) vrfTable(name string) (uint32, error) {
	for _, i := range spec.ifaces {
		if k, ok := i.options.(*rtnl.VRF); ok && i.name == name {
			return k.Table.Or(0), nil
		}
	}
	return 0, fmt.Errorf("the node has no VRF %q among its interfaces", plain.Clip(name))
}

// ParseRoute reads the words of a route, which are the arguments of "ip route
// add". It returns the request that adds the route, in which interfaces are
// given by name.
func ParseRoute(words []string) (*rtnl.RouteAdd, error) {
	add, vrf, err := readRoute(words)
	if err == nil && vrf != "" {
		return nil, fmt.Errorf("the table of the VRF %q is not known here", plain.Clip(vrf))
	}
	return add, err
}

// readRoute does what ParseRoute does, and also returns the VRF that the words
// name, whose table is not in the request.
func readRoute(words []string) (*rtnl.RouteAdd, string, error) {
	if len(words) == 0 {
		return nil, "", errors.New("it is empty")
	}
	c, err := iproute.Parse("ip", append([]string{"route", "add"}, words...), nil)
	if err != nil {
		return nil, "", routeError(err)
	}
	if len(c.Warnings) > 0 {
		// ip accepts these words with a warning. In a file they are a mistake.
		_, what, _ := strings.Cut(c.Warnings[0], ", ") // after the number of the word
		return nil, "", errors.New(what)
	}
	if len(c.Ops) == 1 {
		if req, ok := c.Ops[0].Action.(*engine.Request); ok {
			if add, ok := req.Req.(*rtnl.RouteAdd); ok {
				return add, c.VRF, nil
			}
		}
	}
	// Some words, such as "help", make a command of ip but not a route.
	return nil, "", errors.New("these words do not describe a route")
}

// routeError removes from an error of iproute the program's name and the number
// of the word, which counts words that are not in the file.
func routeError(err error) error {
	var w *iproute.WordError
	switch {
	case errors.As(err, &w) && w.Missing:
		return fmt.Errorf("expected %s at its end", w.Want)
	case errors.As(err, &w):
		return fmt.Errorf("expected %s, not %q", w.Want, plain.Clip(w.Word))
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
