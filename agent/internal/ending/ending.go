// Package ending lets a handler send the end of a streamed answer in one piece: each piece that is sent wakes the
// host, and costs an emulated guest a good part of a millisecond.
package ending

import (
	"context"
	"net/http"
	"sync/atomic"
)

type key struct{}

// writer holds flushes back once the handler has begun to end its answer.
type writer struct {
	http.ResponseWriter
	ending atomic.Bool
}

// Flush sends what was written, unless the rest follows at once.
func (w *writer) Flush() {
	if w.ending.Load() {
		return
	}
	if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Handler lets what next serves call Begin.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		wrapped := &writer{ResponseWriter: response}
		next.ServeHTTP(wrapped, request.WithContext(context.WithValue(request.Context(), key{}, wrapped)))
	})
}

// Begin says that the handler returns once it has written what it has: no flush sends anything before that. A larger
// rest is still sent as its buffer fills. Outside of a Handler nothing changes.
func Begin(ctx context.Context) {
	if wrapped, ok := ctx.Value(key{}).(*writer); ok {
		wrapped.ending.Store(true)
	}
}
