package files

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"omnirun/agent/internal/metadata"
)

func TestAnUploadMakesItsParentsAndBelongsToItsUser(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.Mkdir(fixture.path("roots"), 0o755))
	path := fixture.path("roots/deep/file.txt")
	status, body := fixture.put(path, "", "hello")
	if status != http.StatusOK || strings.TrimSpace(body) != fmt.Sprintf(`[{"path":%q,"name":"file.txt","type":"file"}]`, path) {
		t.Errorf("%d %s", status, body)
	}
	fixture.holds(path, "hello", 1000, 0o644)
	if information, err := os.Stat(filepath.Dir(path)); err != nil || information.Mode().Perm() != 0o755 {
		t.Errorf("parent: %v (%v)", information, err)
	}
}

func TestAnExistingFileKeepsItsPermissionsButNoSetUserID(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.WriteFile(fixture.path("script"), []byte("a much longer old content"), 0o644))
	check(t, os.Chmod(fixture.path("script"), os.ModeSetuid|0o755))
	if status, body := fixture.put("script", "root", "new"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	fixture.holds(fixture.path("script"), "new", 0, 0o755)
}

func TestALinkIsFollowedAlsoToNothing(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.Symlink("target", fixture.path("link")))
	for _, content := range []string{"one", "two"} {
		if status, body := fixture.put("link", "", content); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		fixture.holds(fixture.path("target"), content, 1000, 0o644)
	}
	if target, err := os.Readlink(fixture.path("link")); err != nil || target != "target" {
		t.Errorf("the link is %q (%v)", target, err)
	}
}

func TestAUserMayReplaceItsFileInADirectoryOfRootButNothingElse(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.Mkdir(fixture.path("roots"), 0o755))
	mine, roots := fixture.path("roots/mine"), fixture.path("roots/roots")
	check(t, os.WriteFile(mine, []byte("old"), 0o644))
	check(t, os.Chown(mine, 1000, 1000))
	check(t, os.WriteFile(roots, []byte("old"), 0o644))
	for path, wanted := range map[string]int{mine: http.StatusOK, roots: http.StatusForbidden, fixture.path("roots/new"): http.StatusForbidden} {
		if status, body := fixture.put(path, "", "new"); status != wanted {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	fixture.holds(mine, "new", 1000, 0o644)
	fixture.holds(roots, "old", 0, 0o644)
}

func TestABodyThatEndsEarlyLeavesTheTargetUntouched(t *testing.T) {
	fixture := newFixture(t)
	path := fixture.path("file")
	check(t, os.WriteFile(path, []byte("old"), 0o644))
	for name, request := range map[string]string{
		"with a length": "Content-Length: 1000\r\n\r\nonly this",
		"in chunks":     "Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
	} {
		connection, err := net.Dial("tcp", fixture.server.Listener.Addr().String())
		check(t, err)
		_, err = fmt.Fprintf(connection, "POST /files?path=file&username=root HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n%s", request)
		check(t, err)
		check(t, connection.(*net.TCPConn).CloseWrite())
		answer, err := io.ReadAll(connection) // Until the server has done with it.
		check(t, err)
		check(t, connection.Close())
		if !strings.Contains(string(answer), "400 Bad Request") {
			t.Errorf("%s: %q", name, answer)
		}
		fixture.holds(path, "old", 0, 0o644)
		fixture.nothingIsLeft(fixture.home)
	}
}

func TestAFullDiskIs507AndLeavesTheTargetUntouched(t *testing.T) {
	fixture := newFixture(t)
	mountPoint := fixture.path("small")
	check(t, os.Mkdir(mountPoint, 0o755))
	check(t, unix.Mount("tmpfs", mountPoint, "tmpfs", 0, "size=1m"))
	defer unix.Unmount(mountPoint, unix.MNT_DETACH)
	check(t, os.WriteFile(filepath.Join(mountPoint, "file"), []byte("old"), 0o644))
	status, body := fixture.put("small/file", "root", strings.Repeat("x", 2<<20))
	if status != http.StatusInsufficientStorage || !strings.Contains(body, `"code":507`) {
		t.Errorf("%d %s", status, body)
	}
	fixture.holds(filepath.Join(mountPoint, "file"), "old", 0, 0o644)
	fixture.nothingIsLeft(mountPoint)
}

func TestWhatIsNoFileIsRefusedAtOnce(t *testing.T) {
	fixture := newFixture(t)
	check(t, unix.Mkfifo(fixture.path("fifo"), 0o666))
	check(t, os.Mkdir(fixture.path("directory"), 0o755))
	check(t, os.WriteFile(fixture.path("file"), nil, 0o644))
	for _, path := range []string{"fifo", "directory", "file/below", "/dev/zero", "/", "a\x00b", strings.Repeat("x/", 2100), strings.Repeat("x", 300)} {
		if status, body := fixture.put(path, "root", "x"); status != http.StatusBadRequest {
			t.Errorf("upload to %.20q: %d %s", path, status, body)
		}
		if path == "file/below" || len(path) == 300 {
			continue // Downloads of these are tested as missing.
		}
		if response, body := fixture.do(http.MethodGet, fixture.url(path, "root"), nil); response.StatusCode != http.StatusBadRequest {
			t.Errorf("download of %.20q: %d %s", path, response.StatusCode, body)
		}
	}
}

func TestGzipIsUnpackedAndOtherEncodingsAreRefused(t *testing.T) {
	fixture := newFixture(t)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write([]byte("unpacked"))
	check(t, err)
	check(t, writer.Close())
	if status, body := fixture.put("file", "", packed.String(), "Content-Encoding", "gzip"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	fixture.holds(fixture.path("file"), "unpacked", 1000, 0o644)
	half := packed.String()[:packed.Len()/2]
	for encoding, content := range map[string]string{"gzip": half, "br": "x"} {
		if status, _ := fixture.put("file", "", content, "Content-Encoding", encoding); status != http.StatusBadRequest {
			t.Errorf("%s: %d", encoding, status)
		}
	}
	fixture.holds(fixture.path("file"), "unpacked", 1000, 0o644)
}

func (f *fixture) putForm(path string, names ...string) (int, string) {
	f.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range names {
		header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"`}}
		if name != "" {
			header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
		}
		part, err := form.CreatePart(header)
		check(f.t, err)
		_, err = io.WriteString(part, "content of "+name)
		check(f.t, err)
	}
	check(f.t, form.Close())
	response, answer := f.do(http.MethodPost, f.url(path, ""), &body, "Content-Type", form.FormDataContentType())
	return response.StatusCode, answer
}

func TestTheFilesOfAFormGoWhereTheirWholeNamesSay(t *testing.T) {
	fixture := newFixture(t)
	status, body := fixture.putForm("", fixture.path("q/1.txt"), "2.txt")
	if status != http.StatusOK || strings.Count(body, `"type":"file"`) != 2 {
		t.Errorf("%d %s", status, body)
	}
	fixture.holds(fixture.path("q/1.txt"), "content of "+fixture.path("q/1.txt"), 1000, 0o644)
	fixture.holds(fixture.path("2.txt"), "content of 2.txt", 1000, 0o644)
	if status, body := fixture.putForm("named", ""); status != http.StatusOK {
		t.Errorf("a part without a name: %d %s", status, body)
	}
	fixture.holds(fixture.path("named"), "content of ", 1000, 0o644)
	for _, names := range [][]string{{"same", "./same"}, {""}, {}} {
		if status, _ := fixture.putForm("", names...); status != http.StatusBadRequest {
			t.Errorf("%q: %d", names, status)
		}
	}
}

func TestMetadataIsReplacedWithEachUpload(t *testing.T) {
	fixture := newFixture(t)
	_, body := fixture.put("file", "", "x", "X-Metadata-Colour", "blue")
	if !strings.Contains(body, `"metadata":{"colour":"blue"}`) {
		t.Error(body)
	}
	if found, err := metadata.Read(fixture.path("file")); err != nil || len(found) != 1 || found["colour"] != "blue" {
		t.Errorf("%v (%v)", found, err)
	}
	fixture.put("file", "", "x")
	if found, err := metadata.Read(fixture.path("file")); err != nil || len(found) != 0 {
		t.Errorf("after another upload %v (%v)", found, err)
	}
	for _, value := range []string{"bl\u00fce", strings.Repeat("x", 5000)} {
		if status, _ := fixture.put("file", "", "x", "X-Metadata-Colour", value); status != http.StatusBadRequest {
			t.Errorf("%.10q: %d", value, status)
		}
	}
}

func TestUnknownUsersAndBodiesAreRefused(t *testing.T) {
	fixture := newFixture(t)
	if status, body := fixture.put("file", "ghost", "x"); status != http.StatusUnauthorized || !strings.Contains(body, "invalid username: 'ghost'") {
		t.Errorf("%d %s", status, body)
	}
	for _, contentType := range []string{"text/plain", "multipart/form-data", ";"} {
		response, _ := fixture.do(http.MethodPost, fixture.url("file", ""), strings.NewReader("x"), "Content-Type", contentType)
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %d", contentType, response.StatusCode)
		}
	}
	if response, _ := fixture.do(http.MethodDelete, fixture.url("file", ""), nil); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", response.StatusCode)
	}
}
