package topology

import (
	"strings"
	"testing"
)

// Each mistake about processes is told with its place.
func TestProcessMistakes(t *testing.T) {
	const node = "name: x\nnodes:\n  a:\n    "
	for text, want := range map[string]string{
		node + "cmd: a | b":                               `4:10: cmd "a | b": column 3: '|' is special in a shell but not supported here; quote it to use the character itself; a shell runs with [sh, -c, TEXT]`,
		node + "cmd: 'a $B'":                              `4:10: cmd "a $B": column 3: '$' is special in a shell`,
		node + "cmd: 'a ${B}'":                            `4:10: unknown variable ${B}`,
		node + "cmd: \"a\\nb\"":                           `4:10: cmd "a\nb": it has several lines; a shell runs with [sh, -c, TEXT]`,
		node + "cmd: ''":                                  `4:10: cmd names no program`,
		node + "cmd: []":                                  `4:10: cmd names no program`,
		node + "cmd: ['', x]":                             `4:10: cmd names no program`,
		node + "cmd: [a, {b: c}]":                         `4:14: `,
		node + "cmd: {a: b}":                              `4:10: cmd is a single value, not a mapping`,
		node + "cmd: \"a \\0b\"":                          `4:10: `,
		node + "processes: {cmd: {cmd: x}}":               `4:17: process name "cmd" is that of the node's cmd`,
		node + "processes: {a.b: {cmd: x}}":               `4:17: process name "a.b" has other characters than letters, digits, "-" and "_"`,
		node + "processes: {1: {cmd: x}}":                 `4:17: process name "1" `,
		node + "processes: {x: {}}":                       `4:17: process "x" has no cmd; write cmd: with the program to run`,
		node + "processes: {x: {cmd: a, command: b}}":     `4:29: unknown key "command"; the keys of a process are cmd, env,`,
		node + "cmd: x\n    stop-signal: SIGFOO":          `5:18: stop-signal "SIGFOO" is no signal; write a name such as SIGTERM, SIGINT or SIGQUIT, or a number from 1 to 64`,
		node + "cmd: x\n    stop-signal: 65":              `5:18: stop-signal "65" is no signal`,
		node + "cmd: x\n    stop-timeout: 5":              `5:19: stop-timeout is "5", not a time; write 5s for seconds`,
		node + "cmd: x\n    stop-timeout: 0s":             `5:19: stop-timeout is 0s; use 1ms to 24h0m0s`,
		node + "restart-policy: sometimes":                `4:21: restart-policy is "sometimes"; write`,
		node + "cmd: x\n    restart-policy: sometimes":    `5:21: restart-policy is "sometimes"; write no, on-failure, on-failure:N, always or unless-stopped`,
		node + "cmd: x\n    restart-policy: on-failure:0": `5:21: restart-policy "on-failure:0": the number is not from 1 to 1000000; write no,`,
		node + "cmd: x\n    memory: 5":                    `5:13: memory is "5", not a size; write a number with b, kb, mb, gb, or kib, mib, gib`,
		node + "memory: 64m":                              `4:13: memory is "64m", not a size`,
		node + "memory: 1e3mb":                            `4:13: memory is "1e3mb", not a size`,
		node + "memory: -5mb":                             `4:13: memory is "-5mb", not a size`,
		node + "memory: 1kb":                              `4:13: memory is "1kb"; use 1mib to 4194304tib`,
		node + "memory: 99999999tib":                      `4:13: memory is "99999999tib"; use 1mib to`,
		node + "cpu: all":                                 `4:10: cpu is "all", not a number; write 0.5 for half of a processor`,
		node + "cpu: 1e1":                                 `4:10: cpu is "1e1", not a number`,
		node + "cpu: 0.001":                               `4:10: cpu is "0.001"; use 0.01 to 10000`,
		node + "pids: 0":                                  `4:11: pids is "0"; use a number from 1 to 4194304`,
		node + "processes: {x: {cmd: y, pids: 5}}":        `4:29: key "pids": a limit is for all of a node together; write it there`,
		node + "healthcheck: {interval: 1s}":              `4:18: a healthcheck without test; write test: with the program that says whether all is well`,
		node + "healthcheck: {test: [curl, x]}":           `4:25: test is none of the forms of a test; write [CMD, PROGRAM, ARGUMENT ...], [CMD-SHELL, TEXT] or [NONE], or a text for sh -c`,
		node + "healthcheck: {test: ''}":                  `4:25: test is empty`,
		node + "healthcheck: {test: x, retries: 0}":       `4:37: retries is "0"; use a number from 1 to 1000000`,
		node + "healthcheck: {test: x, start_period: 1s}": `4:28: unknown key "start_period"; did you mean "start-period"?`,
		node + "healthcheck: x":                           `4:18: healthcheck is a mapping, not a single value`,
		node + "wait-for: [b]":                            `4:16: wait-for: no node "b"`,
		node + "cmd: x\n    wait-for: [a/y]":              `5:16: wait-for: node "a" has no process "y"`,
		node + "wait-for: [a]":                            `4:16: wait-for: what waits for itself is never ready: a`,
		node + "cmd: x\n    wait-for: [a/cmd]":            `5:16: wait-for: what waits for itself is never ready: a/cmd, a`,
		node + "wait-for: [b]\n  b: {wait-for: [c/x]}\n  c: {wait-for: [a], processes: {x: {cmd: y}}}": `4:16: wait-for: what waits for itself is never ready: b, c/x, c, a`,
		node + "processes:\n      x: {cmd: y, wait-for: [a/z]}\n      z: {cmd: y, wait-for: [a/x]}":    `5:30: wait-for: what waits for itself is never ready: a/z, a/x`,
		node + "wait-for: [m]\n  m: {count: 2}":                                                        `4:16: wait-for: no node "m"; with its count it is m1 to m2, or m* for all`,
		node + "wait-for: [\"m*\"]":                                                                    `4:16: wait-for: pattern "m*" matches no node`,
		node + "cmd: x\n    wait-for: [\"*/m*\"]":                                                      `5:16: wait-for: pattern "*/m*" matches no process`,
		node + "wait-for: [\"a[/x\"]":                                                                  `4:16: wait-for: pattern "a[": the "[" is never closed`,
		node + "wait-for: [\"b*\"]\n  b1: {wait-for: [a]}":                                             `4:16: wait-for: what waits for itself is never ready: b1, a`,
	} {
		_, err := Parse("f", []byte(text+"\n"), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "f:"+want) {
			t.Errorf("%s\ngot  %v\nwant f:%s", text, err, want)
		}
	}
}

// Waits that are no circle, however they cross, are none.
func TestProcessWaits(t *testing.T) {
	mustParse(t, `name: x
nodes:
  a: {wait-for: [b/x, c], cmd: x, processes: {y: {cmd: y, wait-for: [a/cmd, b]}}}
  b: {wait-for: [c], processes: {x: {cmd: x}, y: {cmd: y, wait-for: [b/x]}}}
  c: {}
`)
}

// Patterns stand for what they match, once each, but never for what waits.
func TestProcessWaitPatterns(t *testing.T) {
	top := mustParse(t, `name: x
nodes:
  a: {wait-for: ["m*", m2, "*/web"], cmd: x}
  m: {count: 3, cmd: x, processes: {web: {cmd: y, wait-for: ["${NODE}/*", "b*"]}}}
  b1: {processes: {web: {cmd: y}}}
  all: {wait-for: ["*"]}
  same: {count: 2, wait-for: [b1]}
`)
	for of, want := range map[string]string{
		"a":      "m2 m1 m3 m1/web m2/web m3/web b1/web",
		"m2/web": "m2/cmd b1",
		"all":    "a m1 m2 m3 b1 same1 same2",
		"same2":  "b1",
	} {
		node, process, _ := strings.Cut(of, "/")
		n := &top.Nodes[top.NodeIndex(node)]
		waits := n.WaitFor
		if process != "" {
			waits = n.Process(process).WaitFor
		}
		var words []string
		for _, w := range waits {
			words = append(words, w.String())
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s waits for %s; want %s", of, got, want)
		}
	}
}

// Patterns do not make more waits than there may be.
func TestProcessWaitLimit(t *testing.T) {
	_, err := Parse("f", []byte("name: x\nnodes:\n  a: {count: 1000, wait-for: [\"*\"]}\n"), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "f:3:31: wait-for: there are more than 500000 waits") {
		t.Error(err)
	}
}
