package files

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"path/filepath"
	"syscall"

	"omnirun/agent/internal/access"
	"omnirun/agent/internal/metadata"
	"omnirun/agent/internal/users"
)

// written describes a file that was uploaded. E2B's tests compare the set of keys.
type written struct {
	Path     string            `json:"path"`
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// upload takes one file as the body, or several as the parts of a form. Each file is put in its place when it has
// arrived as a whole.
func (h *Handler) upload(response http.ResponseWriter, request *http.Request) error {
	user, err := h.user(request)
	if err != nil {
		return err
	}
	attached, err := metadata.FromHeaders(request.Header)
	if err != nil {
		return badRequest("%v", err)
	}
	body, err := decoded(request)
	if err != nil {
		return err
	}
	uploaded := &upload{user: user, path: request.URL.Query().Get("path"), metadata: attached}
	mediaType, parameters, err := mime.ParseMediaType(request.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return badRequest("invalid Content-Type: %v", err)
	case mediaType == "application/octet-stream":
		err = uploaded.takeBody(body)
	case mediaType == "multipart/form-data":
		err = uploaded.takeParts(body, parameters["boundary"])
	default:
		err = badRequest("Content-Type must be application/octet-stream or multipart/form-data")
	}
	if err != nil {
		return err
	}
	response.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(response).Encode(uploaded.files); err != nil {
		log.Printf("answer an upload: %v", err)
	}
	return nil
}

// decoded undoes the encoding of the body, of which gzip is the only one.
func decoded(request *http.Request) (io.Reader, error) {
	switch encoding := request.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return request.Body, nil
	case "gzip":
		reader, err := gzip.NewReader(bufio.NewReaderSize(request.Body, bufferBytes))
		if err != nil {
			return nil, badRequest("the body is not gzip: %v", err)
		}
		return reader, nil
	default:
		return nil, badRequest("Content-Encoding %q is not supported", encoding)
	}
}

// upload is one request's worth of files.
type upload struct {
	user users.User
	// path is where a single file goes; with a form it may be empty, and the parts say.
	path     string
	metadata map[string]string
	files    []written
}

func (u *upload) takeBody(body io.Reader) error {
	if u.path == "" {
		return badRequest("the query parameter path is missing")
	}
	path, err := u.user.Resolve(u.path)
	if err != nil {
		return badRequest("%v", err)
	}
	return u.store(path, body)
}

// store writes one file. On any error what was there before is untouched.
func (u *upload) store(path string, content io.Reader) error {
	replacement, err := access.BeginReplacement(u.user, path)
	if err != nil {
		return err
	}
	if err := u.fill(replacement, content); err != nil {
		replacement.Abort()
		return err
	}
	if err := replacement.Commit(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	u.files = append(u.files, written{Path: path, Name: filepath.Base(path), Type: "file", Metadata: u.metadata})
	return nil
}

func (u *upload) fill(replacement *access.Replacement, content io.Reader) error {
	buffer := buffers.Get().(*[bufferBytes]byte)
	defer buffers.Put(buffer)
	if _, err := copyBytes(replacement.File, readerOf{content}, buffer[:]); err != nil {
		return err
	}
	err := metadata.Attach(int(replacement.File.Fd()), u.metadata)
	if errors.Is(err, syscall.ENOTSUP) {
		return badRequest("the file system keeps no metadata")
	}
	return err
}

// readerOf tells errors of the sender from those of the disk: the first are the request's fault.
type readerOf struct{ io.Reader }

func (r readerOf) Read(buffer []byte) (int, error) {
	count, err := r.Reader.Read(buffer)
	if err != nil && err != io.EOF {
		err = badRequest("the body could not be read to its end: %v", err)
	}
	return count, err
}
