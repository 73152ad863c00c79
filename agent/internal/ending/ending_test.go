package ending

import (
	"io"
	"net/http"
	"testing"

	"omnirun/agent/internal/ending/endingtest"
)

// serve returns what a handler's answer was sent in.
func serve(t *testing.T, handler http.HandlerFunc) []string {
	t.Helper()
	server, pieces := endingtest.Serve(Handler(handler))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || string(body) != "onetwothree" {
		t.Fatalf("the body is %q, %v", body, err)
	}
	return pieces.Sent()
}

func write(t *testing.T, response http.ResponseWriter, text string) {
	if _, err := io.WriteString(response, text); err != nil {
		t.Error(err)
	}
	response.(http.Flusher).Flush()
}

func TestWhatFollowsTheBeginOfTheEndIsSentInOnePiece(t *testing.T) {
	sent := serve(t, func(response http.ResponseWriter, request *http.Request) {
		write(t, response, "one")
		Begin(request.Context())
		write(t, response, "two")
		write(t, response, "three")
	})
	if len(sent) != 2 || sent[1] != "3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n" && sent[1] != "8\r\ntwothree\r\n0\r\n\r\n" {
		t.Errorf("sent in %d pieces: %q", len(sent), sent)
	}
}

func TestEachFlushSendsUntilThen(t *testing.T) {
	sent := serve(t, func(response http.ResponseWriter, _ *http.Request) {
		write(t, response, "one")
		write(t, response, "two")
		write(t, response, "three")
	})
	if len(sent) != 4 {
		t.Errorf("sent in %d pieces: %q", len(sent), sent)
	}
}
