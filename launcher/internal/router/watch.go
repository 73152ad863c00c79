package router

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/wire"
)

const (
	// toldOfEach bounds how many flows, and how many refusals, of a guest are told in a second; toldOfEachAtOnce after a time without.
	// What a program does is told in full, what a scanner does is counted.
	toldOfEach       = 20
	toldOfEachAtOnce = 200
	// toldOfAll bounds the same for all guests together: a server reads far more.
	toldOfAll = 2000
	// moreCheck is how late it is told how many more there were.
	moreCheck = time.Second
	// maxWatched bounds the flows whose end is awaited, at some 50 bytes each. The ends of more are not told.
	maxWatched = 1 << 17
	// watchBuffer is what the kernel keeps for the launcher while that is busy: some seconds of toldOfAll.
	watchBuffer = 4 << 20
)

// telling is a rule of each kind that makes the kernel tell something. Loaded and gone in one transaction.
const telling = `table inet omnirun_try {
	chain try {
		ct event set new,destroy
		log prefix "try" group 1
	}
}
delete table inet omnirun_try
`

// tryTelling finds out whether the kernel has what it takes to tell of flows.
func tryTelling() error { return errors.Join(load(telling), tryTracking()) }

// watch tells of what guests send through the router.
type watch struct {
	router *Router
	owner  func(slot int) (machine string, known bool)
	tell   func(event any) bool

	// The machines whose flows are open, by the kernel's number. Only one goroutine uses it.
	opened map[uint32]string

	mutex sync.Mutex
	more  map[string]wire.MoreFlows // not told one by one, nor in sum so far

	// What the rules had counted when they were last asked. Only one goroutine uses them.
	countedOpened, countedRefused map[netip.Addr]uint64
}

// Watch tells of the flows of guests with links, until the router is closed: of each that begins and ends, and of packets that are
// dropped, as far as they are not too many; then of how many more there were. It tells nothing where the kernel cannot. The machine in a
// slot is asked for when something of it begins. An event that tell refuses, which must not block, is counted as one of too many.
func (r *Router) Watch(owner func(slot int) (string, bool), tell func(event any) bool) error {
	if !r.config.told {
		return nil
	}
	// Bytes are counted from now on; events are only made for the flows that the rules choose. What has ended is told soon.
	err := r.space.do(func() error {
		return setSwitches("netfilter/nf_conntrack_acct", "1", "netfilter/nf_conntrack_events", "0", "netfilter/nf_conntrack_tcp_timeout_time_wait", "10")
	})
	if err != nil {
		return err
	}
	flows, err := listenForFlows(r.space)
	if err != nil {
		return fmt.Errorf("the kernel does not tell of flows: %w", err)
	}
	refusals, err := listenForRefusals(r.space)
	if err != nil {
		return errors.Join(fmt.Errorf("the kernel does not tell of packets: %w", err), flows.Close())
	}
	w := &watch{router: r, owner: owner, tell: tell, opened: make(map[uint32]string), more: make(map[string]wire.MoreFlows)}
	r.timed.Go(func() { w.receive(flows, w.onFlow, w.loseFlows) })
	r.timed.Go(func() { w.receive(refusals, w.onRefused, func() {}) })
	r.timed.Go(w.countMore)
	r.timed.Go(func() {
		<-r.closed
		if err := errors.Join(flows.Close(), refusals.Close()); err != nil {
			r.config.Log.Error("what tells of flows cannot be closed", "error", err)
		}
	})
	return nil
}

func listenForFlows(in namespace) (*netlink.Conn, error) {
	connection, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: int(in.file.Fd())})
	if err != nil {
		return nil, err
	}
	err = errors.Join(connection.JoinGroup(groupNew), connection.JoinGroup(groupDestroy), connection.SetReadBuffer(watchBuffer))
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return connection, nil
}

// receive hands messages on until the router is closed. What the kernel had to throw away is lost.
func (w *watch) receive(connection *netlink.Conn, note func(message netlink.Message) error, lose func()) {
	for {
		messages, err := connection.Receive()
		select {
		case <-w.router.closed:
			return
		default:
		}
		if errors.Is(err, unix.ENOBUFS) {
			w.router.config.Log.Warn("flows of guests are not told: there are more than the launcher can follow")
			lose()
			continue
		}
		if err != nil {
			w.router.config.Log.Error("flows of guests are not told any more", "error", err)
			return
		}
		for _, each := range messages {
			if err := note(each); err != nil {
				w.router.config.Log.Warn("what the kernel tells of a flow is not understood", "error", err)
			}
		}
	}
}

// loseFlows forgets which flows are open, since the ends of some will never be told.
func (w *watch) loseFlows() { clear(w.opened) }

func (w *watch) onFlow(message netlink.Message) error {
	switch message.Header.Type {
	case conntrackNew:
		flow, err := parseTracked(message.Data)
		if err == nil {
			w.begin(flow)
		}
		return err
	case conntrackDelete:
		flow, err := parseTracked(message.Data)
		if err == nil {
			w.end(flow)
		}
		return err
	default:
		return nil
	}
}

func (w *watch) begin(flow tracked) {
	machine, known := w.ownerOf(flow.guest)
	if !known {
		return
	}
	event := wire.FlowOpened{
		Event: "network.opened", Machine: machine, Flow: flow.id, Protocol: protocolName(flow.protocol), Address: flow.address.String(), Port: flow.port,
	}
	if !w.tell(event) {
		w.add(machine, wire.MoreFlows{Opened: 1})
		return
	}
	if len(w.opened) < maxWatched {
		w.opened[flow.id] = machine
	}
}

func (w *watch) end(flow tracked) {
	machine, known := w.opened[flow.id]
	if !known {
		return
	}
	delete(w.opened, flow.id)
	w.tell(wire.FlowEnded{Event: "network.ended", Machine: machine, Flow: flow.id, BytesUp: flow.bytesUp, BytesDown: flow.bytesDown})
}

func (w *watch) onRefused(message netlink.Message) error {
	if message.Header.Type != logPacket {
		return nil
	}
	packet, err := parseRefused(message.Data)
	if err != nil {
		return err
	}
	machine, known := w.ownerOf(packet.guest)
	if !known {
		return nil
	}
	event := wire.FlowBlocked{
		Event: "network.blocked", Machine: machine, Protocol: protocolName(packet.protocol), Address: packet.address.String(), Port: packet.port,
		Reason: packet.reason,
	}
	if !w.tell(event) {
		w.add(machine, wire.MoreFlows{Blocked: 1})
	}
	return nil
}

func (w *watch) ownerOf(guest netip.Addr) (string, bool) {
	plan := w.router.config.Plan
	if !plan.Guests().Contains(guest) {
		return "", false
	}
	return w.owner(plan.slot(guest))
}

func (w *watch) add(machine string, more wire.MoreFlows) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	sum := w.more[machine]
	sum.Opened += more.Opened
	sum.Blocked += more.Blocked
	w.more[machine] = sum
}

// countMore tells again and again how many flows were not told one by one.
func (w *watch) countMore() {
	ticker := time.NewTicker(moreCheck)
	defer ticker.Stop()
	for {
		select {
		case <-w.router.closed:
			return
		case <-ticker.C:
			if err := w.readCounts(); err != nil {
				w.router.config.Log.Error("flows of guests cannot be counted", "error", err)
			}
			w.tellMore()
		}
	}
}

// readCounts adds what the rules have counted since the last time.
func (w *watch) readCounts() error {
	w.router.mutex.Lock()
	opened, openedErr := w.router.sets.counts(w.router.sets.moreOpened)
	refused, refusedErr := w.router.sets.counts(w.router.sets.moreRefused)
	w.router.mutex.Unlock()
	if err := errors.Join(openedErr, refusedErr); err != nil {
		return err
	}
	for guest, count := range opened {
		w.addOf(guest, wire.MoreFlows{Opened: growth(w.countedOpened[guest], count)})
	}
	for guest, count := range refused {
		w.addOf(guest, wire.MoreFlows{Blocked: growth(w.countedRefused[guest], count)})
	}
	w.countedOpened, w.countedRefused = opened, refused
	return nil
}

// growth is what a counter has grown by, which begins anew when nothing was counted for some time.
func growth(last, now uint64) uint64 {
	if now < last {
		return now
	}
	return now - last
}

func (w *watch) addOf(guest netip.Addr, more wire.MoreFlows) {
	if machine, known := w.ownerOf(guest); known && more != (wire.MoreFlows{}) {
		w.add(machine, more)
	}
}

func (w *watch) tellMore() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for machine, more := range w.more {
		more.Event, more.Machine = "network.more", machine
		if w.tell(more) {
			delete(w.more, machine)
		}
	}
}

// protocolName is a name that everybody knows, or the number.
func protocolName(protocol uint8) string {
	switch protocol {
	case unix.IPPROTO_TCP:
		return "tcp"
	case unix.IPPROTO_UDP:
		return "udp"
	case unix.IPPROTO_ICMP:
		return "icmp"
	default:
		return strconv.Itoa(int(protocol))
	}
}
