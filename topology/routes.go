package topology

import (
	"errors"
	"fmt"
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
func (p *fileParser) readRoutes(in inherited, s scope, places *nodePlaces) (all [][]string, devs []routeDev) {
	for _, v := range in.items("routes") {
		text, ok := p.expand(v, s)
		if !ok {
			continue
		}
		words, names, err := parseRoute(text)
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

// parseRoute splits the words of a route and reads them. It also returns the
// interfaces that they name.
func parseRoute(text string) (words, devs []string, err error) {
	words, err = iproute.Split(text)
	if err != nil {
		return nil, nil, err
	}
	add, err := ParseRoute(words)
	if err != nil {
		return nil, nil, err
	}
	for l := range add.Links() {
		devs = append(devs, l.Name)
	}
	return words, devs, nil
}

// ParseRoute reads the words of a route, which are the arguments of "ip route
// add". It returns the request that adds the route, in which interfaces are
// given by name.
func ParseRoute(words []string) (*rtnl.RouteAdd, error) {
	if len(words) == 0 {
		return nil, errors.New("it is empty")
	}
	c, err := iproute.Parse("ip", append([]string{"route", "add"}, words...), nil)
	if err != nil {
		return nil, routeError(err)
	}
	if len(c.Warnings) > 0 {
		// ip accepts these words with a warning. In a file they are a mistake.
		_, what, _ := strings.Cut(c.Warnings[0], ", ") // after the number of the word
		return nil, errors.New(what)
	}
	if len(c.Ops) == 1 {
		if req, ok := c.Ops[0].Action.(*engine.Request); ok {
			if add, ok := req.Req.(*rtnl.RouteAdd); ok {
				return add, nil
			}
		}
	}
	// Some words, such as "help", make a command of ip but not a route.
	return nil, errors.New("these words do not describe a route")
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
