package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"omnirun/launcher/internal/wire"
)

// patience is how long a test waits for what should come at once; only a hang takes so long.
const patience = 2 * time.Minute

func lockForever() { runtime.LockOSThread() }

// client is the server's side of one connection to the launcher.
type client struct {
	t          testing.TB
	connection net.Conn
	lines      *bufio.Scanner
	lastID     uint64
	events     []wire.Exited
}

// answer is any line that comes back.
type answer struct {
	ID    uint64          `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error *wire.Problem   `json:"error"`
	wire.Exited
}

func (h *host) connect() *client {
	h.t.Helper()
	connection := dial(h.t, h.path("l.sock"))
	lines := bufio.NewScanner(connection)
	lines.Buffer(nil, wire.MaxAnswerBytes)
	return &client{t: h.t, connection: connection, lines: lines}
}

// dial connects as the server's user.
func dial(t testing.TB, path string) net.Conn {
	t.Helper()
	var connection net.Conn
	must(t, asServer(t, func() (err error) { connection, err = net.Dial("unix", path); return err }))
	t.Cleanup(func() { connection.Close() })
	must(t, connection.SetDeadline(time.Now().Add(patience)))
	return connection
}

// send writes a request and returns its id.
func (c *client) send(verb string, spec any) uint64 {
	c.t.Helper()
	c.lastID++
	encoded, err := json.Marshal(map[string]any{"id": c.lastID, "verb": verb, "spec": spec})
	must(c.t, err)
	_, err = fmt.Fprintf(c.connection, "%s\n", encoded)
	must(c.t, err)
	return c.lastID
}

// next reads a line.
func (c *client) next() answer {
	c.t.Helper()
	if !c.lines.Scan() {
		c.t.Fatalf("the launcher closed the connection: %v", c.lines.Err())
	}
	var line answer
	must(c.t, json.Unmarshal(c.lines.Bytes(), &line))
	return line
}

// try performs a request and returns its answer, keeping events that come before.
func (c *client) try(verb string, spec any) answer {
	c.t.Helper()
	id := c.send(verb, spec)
	for {
		line := c.next()
		if line.Event == "" {
			if line.ID != id {
				c.t.Fatalf("the answer to %d instead of %d", line.ID, id)
			}
			return line
		}
		c.events = append(c.events, line.Exited)
	}
}

// call performs a request that must succeed and decodes its answer unless target is nil.
func (c *client) call(verb string, spec, target any) {
	c.t.Helper()
	line := c.try(verb, spec)
	if line.Error != nil {
		c.t.Fatalf("%s: %s: %s", verb, line.Error.Code, line.Error.Message)
	}
	if target != nil {
		must(c.t, json.Unmarshal(line.OK, target))
	}
}

// refused performs a request that must fail with a code, and returns the message.
func (c *client) refused(code wire.Code, verb string, spec any) string {
	c.t.Helper()
	line := c.try(verb, spec)
	if line.Error == nil || line.Error.Code != code {
		c.t.Fatalf("%s: got %+v %s, want %s", verb, line.Error, line.OK, code)
	}
	return line.Error.Message
}

// event waits for the next one.
func (c *client) event() wire.Exited {
	c.t.Helper()
	if len(c.events) > 0 {
		first := c.events[0]
		c.events = c.events[1:]
		return first
	}
	line := c.next()
	if line.Event == "" {
		c.t.Fatalf("an answer instead of an event: %+v", line)
	}
	return line.Exited
}

type fields = map[string]any

type started struct {
	PID       int    `json:"pid"`
	StartTime uint64 `json:"startTime"`
	StateFD   int    `json:"stateFd"`
}

type living struct {
	Machines []struct {
		Machine   string `json:"machine"`
		PID       int    `json:"pid"`
		StartTime uint64 `json:"startTime"`
		Golden    string `json:"golden"`
	} `json:"machines"`
}

func (c *client) list() living {
	c.t.Helper()
	var list living
	c.call("machine.list", fields{}, &list)
	return list
}

func cloneSpec(machine string, limits fields) fields {
	whole := fields{"memoryMib": 512, "cpuPercent": 400, "pids": 100, "fileBytes": 1 << 30}
	for name, value := range limits {
		whole[name] = value
	}
	return fields{
		"machine": machine, "accelerator": "tcg", "golden": goldenName, "vcpus": 1, "memoryMib": goldenBytes >> 20,
		"image": imageName, "limits": whole,
	}
}

func bootSpec(machine string) fields {
	spec := cloneSpec(machine, nil)
	delete(spec, "golden")
	spec["kernel"], spec["commandLine"] = kernelName, "console=ttyS0"
	return spec
}

// clone starts a clone of the golden snapshot and returns its name and the answer.
func (h *host) clone(c *client, limits fields) (string, started) {
	h.t.Helper()
	machine := h.newMachine()
	c.call("golden.hold", fields{"golden": goldenName}, nil)
	var begun started
	c.call("machine.clone", cloneSpec(machine, limits), &begun)
	return machine, begun
}

// tell gives the probe in a machine an order and does not wait for the answer.
func (h *host) tell(machine string, given order) *bufio.Scanner {
	h.t.Helper()
	return h.tellAt(h.machinePath(machine, "qmp.sock"), given)
}

func (h *host) tellAt(socket string, given order) *bufio.Scanner {
	h.t.Helper()
	connection := dial(h.t, socket)
	encoded, err := json.Marshal(given)
	must(h.t, err)
	_, err = fmt.Fprintf(connection, "%s\n", encoded)
	must(h.t, err)
	lines := bufio.NewScanner(connection)
	lines.Buffer(nil, 1<<20)
	return lines
}

// ask gives the probe an order and decodes its answer.
func ask[T any](h *host, machine string, given order) T {
	h.t.Helper()
	return askAt[T](h, h.machinePath(machine, "qmp.sock"), given)
}

// askAt does so over a socket of that path.
func askAt[T any](h *host, socket string, given order) T {
	h.t.Helper()
	lines := h.tellAt(socket, given)
	if !lines.Scan() {
		h.t.Fatalf("the probe does not answer: %v", lines.Err())
	}
	var decoded T
	must(h.t, json.Unmarshal(lines.Bytes(), &decoded))
	return decoded
}
