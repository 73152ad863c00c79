// Package files serves downloads and uploads by HTTP at /files, in E2B's shape. Files are used with the rights of the
// user the request names.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"
	"syscall"

	"omnirun/agent/internal/access"
	"omnirun/agent/internal/problem"
	"omnirun/agent/internal/users"
)

// bufferBytes is one read or write of a file: a channel to the host is fastest with hundreds of kilobytes.
const bufferBytes = 256 << 10

var buffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }}

// Handler serves GET, HEAD and POST /files. Who may call is decided before it.
type Handler struct{ users *users.Database }

// NewHandler serves users that the database knows.
func NewHandler(database *users.Database) *Handler { return &Handler{users: database} }

func (h *Handler) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	var err error
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		err = h.download(response, request)
	case http.MethodPost:
		err = h.upload(response, request)
	default:
		err = failure{http.StatusMethodNotAllowed, "method not allowed"}
	}
	if err != nil {
		answer := explain(err)
		problem.Write(response, answer.status, answer.message)
	}
}

// user finds who asks: the username of the query, else of the Basic authorization, else the default one.
func (h *Handler) user(request *http.Request) (users.User, error) {
	user, err := h.users.OfRequest(request.URL.Query().Get("username"), request.Header)
	if err != nil {
		return user, failure{http.StatusUnauthorized, err.Error()}
	}
	return user, nil
}

// failure is an answer other than success; its text is for the caller.
type failure struct {
	status  int
	message string
}

func (f failure) Error() string { return f.message }

func badRequest(format string, arguments ...any) error {
	return failure{http.StatusBadRequest, fmt.Sprintf(format, arguments...)}
}

// explain gives the file system's error its status.
func explain(err error) failure {
	var known failure
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, fs.ErrNotExist):
		return failure{http.StatusNotFound, err.Error()}
	case errors.Is(err, fs.ErrPermission):
		return failure{http.StatusForbidden, err.Error()}
	case errors.Is(err, access.ErrNotRegular), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP),
		errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL):
		return failure{http.StatusBadRequest, err.Error()}
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.ETXTBSY):
		return failure{http.StatusConflict, err.Error()}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return failure{http.StatusInsufficientStorage, "not enough disk space available: " + err.Error()}
	}
	return failure{http.StatusInternalServerError, err.Error()}
}
