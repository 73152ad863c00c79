package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"strings"
	"syscall"

	"omnirun/agent/internal/access"
	"omnirun/agent/internal/users"
)

// download answers with a file's bytes, a range of them, or that they have not changed.
func (h *Handler) download(response http.ResponseWriter, request *http.Request) error {
	user, err := h.user(request)
	if err != nil {
		return err
	}
	path, err := user.Resolve(request.URL.Query().Get("path"))
	if err != nil {
		return badRequest("%v", err)
	}
	if !acceptsIdentity(request.Header) {
		return failure{http.StatusNotAcceptable, "files are only sent as they are: identity must be acceptable"}
	}
	file, information, err := openRegular(user, path)
	if err != nil {
		return err
	}
	defer file.Close()
	disposition := mime.FormatMediaType("inline", map[string]string{"filename": strings.ToValidUTF8(information.Name(), "\uFFFD")})
	response.Header().Set("Content-Disposition", disposition)
	content, err := contentOf(file, information)
	if err != nil {
		return err
	}
	http.ServeContent(wideWriter{response}, request, information.Name(), information.ModTime(), content)
	return nil
}

// openRegular opens what is a file and nothing else: opening a pipe would wait for a writer, and a device may have no
// end. It is looked at before it is opened, and again afterwards, for it may have been exchanged.
func openRegular(user users.User, path string) (file *os.File, information fs.FileInfo, err error) {
	err = access.As(user, func() error {
		information, err = os.Stat(path)
		if err != nil || !information.Mode().IsRegular() {
			return regularError(path, information, err)
		}
		file, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	information, err = file.Stat()
	if err != nil || !information.Mode().IsRegular() {
		file.Close()
		return nil, nil, regularError(path, information, err)
	}
	return file, information, nil
}

func regularError(path string, information fs.FileInfo, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failure{http.StatusNotFound, fmt.Sprintf("path '%s' does not exist", path)}
	case err != nil:
		return err
	case information.IsDir():
		return badRequest("path '%s' is a directory", path)
	}
	return badRequest("path '%s' is not a regular file", path)
}

// acceptsIdentity reports whether the caller takes bytes as they are, which all do that do not expressly refuse them
// (RFC 9110, 12.5.3).
func acceptsIdentity(header http.Header) bool {
	anyOther, identity := true, ""
	for _, value := range header.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(value, ",") {
			coding, weight, _ := strings.Cut(strings.ReplaceAll(item, " ", ""), ";q=")
			refused := weight != "" && strings.Trim(weight, "0.") == ""
			switch strings.ToLower(coding) {
			case "identity":
				identity = map[bool]string{true: "refused", false: "wanted"}[refused]
			case "*":
				anyOther = !refused
			}
		}
	}
	return identity == "wanted" || identity == "" && anyOther
}

// wideWriter copies with a large buffer what http.ServeContent would copy with a small one.
type wideWriter struct{ http.ResponseWriter }

func (w wideWriter) ReadFrom(source io.Reader) (written int64, err error) {
	buffer := buffers.Get().(*[bufferBytes]byte)
	defer buffers.Put(buffer)
	return copyBytes(w.ResponseWriter, source, buffer[:])
}

// copyBytes is io.CopyBuffer without its detours: those would bring a small buffer back in.
func copyBytes(destination io.Writer, source io.Reader, buffer []byte) (written int64, err error) {
	for {
		count, readErr := source.Read(buffer)
		if count > 0 {
			if _, err := destination.Write(buffer[:count]); err != nil {
				return written, err
			}
			written += int64(count)
		}
		if readErr == io.EOF {
			return written, nil
		}
		if readErr != nil {
			return written, readErr
		}
	}
}
