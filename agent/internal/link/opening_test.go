package link

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"omnirun/agent/internal/link/linktest"
)

const patience = 60 * time.Second

func TestAStreamToTheHostBeginsWithItsPortAndEndsEachWayByItself(t *testing.T) {
	guest := startGuest(t, linktest.Noticed, echo)
	session := guest.connect().openSession()
	opened := guest.open(t, patience)
	stream, err := session.Accept()
	check(t, err)
	input := bufio.NewReader(stream)
	if preface, err := input.ReadString('\n'); err != nil || preface != "CONNECT 49980\n" {
		t.Fatalf("%q, %v", preface, err)
	}
	own := <-opened
	check(t, own.err)
	_, err = io.WriteString(own.stream, "question")
	check(t, err)
	check(t, own.stream.Close())
	if question, err := io.ReadAll(input); err != nil || string(question) != "question" {
		t.Fatalf("%q, %v", question, err)
	}
	_, err = io.WriteString(stream, "answer")
	check(t, err)
	check(t, stream.Close())
	if answer, err := io.ReadAll(own.stream); err != nil || string(answer) != "answer" {
		t.Fatalf("%q, %v", answer, err)
	}
}

func TestAHostOfTheFirstVersionIsOpenedNoStreamAndServedAllTheSame(t *testing.T) {
	guest := startGuest(t, linktest.Noticed, echo)
	session := guest.connect().openSessionIn(1)
	if own := <-guest.open(t, patience); !errors.Is(own.err, ErrTakesNoStreams) {
		t.Fatalf("opened: %v", own.err)
	}
	requireEcho(t, session, []byte("as ever"))
}

func TestAHostThatComesBackIsWaitedFor(t *testing.T) {
	guest := startGuest(t, linktest.Noticed, echo)
	first := guest.connect()
	first.openSession()
	served, _, err := guest.host.await(t.Context())
	check(t, err)
	first.leave()
	// Until then the guest may still open streams to the first one.
	<-served.CloseChan()
	opened := guest.open(t, patience)
	session := guest.connect().openSession()
	_, err = session.Accept()
	check(t, err)
	if own := <-opened; own.err != nil {
		t.Fatal(own.err)
	}
}

func TestAHostThatStaysAwayIsNotWaitedForLong(t *testing.T) {
	guest := startGuest(t, linktest.Noticed, echo)
	if own := <-guest.open(t, time.Millisecond); !errors.Is(own.err, context.DeadlineExceeded) {
		t.Fatalf("opened: %v", own.err)
	}
}

func TestStreamsToAHostThatLeavesFail(t *testing.T) {
	guest := startGuest(t, linktest.Noticed, echo)
	host := guest.connect()
	session := host.openSession()
	opened := guest.open(t, patience)
	_, err := session.Accept()
	check(t, err)
	own := <-opened
	check(t, own.err)
	host.leave()
	if _, err := io.ReadAll(own.stream); err == nil {
		t.Fatal("the stream ended as if the host had closed it")
	}
}

// opening is a stream to the host, or why there is none.
type opening struct {
	stream net.Conn
	err    error
}

func (g *guest) open(t *testing.T, patience time.Duration) <-chan opening {
	opened := make(chan opening, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		stream, err := g.host.Open(ctx, 49980)
		opened <- opening{stream, err}
	}()
	return opened
}
