package filesystem

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	wire "omnirun/agent/gen/filesystem"
)

func TestStatDescribesAFileWithItsOwnerAndMetadata(t *testing.T) {
	fixture := newFixture(t)
	path := fixture.write("notes.txt", "hello")
	check(t, os.Chown(path, 1000, 1000))
	check(t, os.Chmod(path, 0o640))
	check(t, unix.Setxattr(path, "user.e2b.colour", []byte("blue"), 0))
	response, err := fixture.client.Stat(fixture.ctx, asked(&wire.StatRequest{Path: "~/notes.txt"}, ""))
	check(t, err)
	entry := response.Msg.GetEntry()
	if entry.GetName() != "notes.txt" || entry.GetPath() != path || entry.GetSize() != 5 || entry.GetType() != wire.FileType_FILE_TYPE_FILE ||
		entry.GetMode() != 0o640 || entry.GetPermissions() != "-rw-r-----" || entry.GetOwner() != "user" || entry.GetGroup() != "crew" ||
		entry.GetMetadata()["colour"] != "blue" || entry.GetModifiedTime().AsTime().IsZero() || entry.SymlinkTarget != nil {
		t.Errorf("%v", entry)
	}
}

func TestALinkIsDescribedWithItsTargetsTypeAndADanglingOneAsALink(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("target/file", "")
	check(t, os.Symlink("target", filepath.Join(fixture.home, "link")))
	check(t, os.Symlink("nowhere", filepath.Join(fixture.home, "dangling")))
	link, err := fixture.client.Stat(fixture.ctx, asked(&wire.StatRequest{Path: "link"}, ""))
	check(t, err)
	entry := link.Msg.GetEntry()
	if entry.GetType() != wire.FileType_FILE_TYPE_DIRECTORY || entry.GetPermissions()[0] != 'L' ||
		entry.GetSymlinkTarget() != filepath.Join(fixture.home, "target") {
		t.Errorf("%v", entry)
	}
	dangling, err := fixture.client.Stat(fixture.ctx, asked(&wire.StatRequest{Path: "dangling"}, ""))
	check(t, err)
	if entry := dangling.Msg.GetEntry(); entry.GetType() != wire.FileType_FILE_TYPE_SYMLINK || entry.SymlinkTarget != nil {
		t.Errorf("%v", entry)
	}
}

func TestDirectoriesAreMadeWithTheirParentsForTheUserEvenWhereOnlyRootMay(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.Mkdir(filepath.Join(fixture.home, "roots"), 0o755))
	path := filepath.Join(fixture.home, "roots/a/b")
	response, err := fixture.client.MakeDir(fixture.ctx, asked(&wire.MakeDirRequest{Path: path}, ""))
	check(t, err)
	if entry := response.Msg.GetEntry(); entry.GetOwner() != "user" || entry.GetMode() != 0o755 {
		t.Errorf("%v", entry)
	}
	_, err = fixture.client.MakeDir(fixture.ctx, asked(&wire.MakeDirRequest{Path: path}, ""))
	if connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("again: %v", err)
	}
	fixture.write("file", "")
	for _, inTheWay := range []string{"file", "file/below"} {
		_, err = fixture.client.MakeDir(fixture.ctx, asked(&wire.MakeDirRequest{Path: inTheWay}, ""))
		if connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", inTheWay, err)
		}
	}
}

func TestAMoveMakesTheParentsOfItsDestination(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("old", "x")
	response, err := fixture.client.Move(fixture.ctx, asked(&wire.MoveRequest{Source: "old", Destination: "deep/er/new"}, ""))
	check(t, err)
	if response.Msg.GetEntry().GetPath() != filepath.Join(fixture.home, "deep/er/new") {
		t.Errorf("%v", response.Msg)
	}
	_, err = fixture.client.Move(fixture.ctx, asked(&wire.MoveRequest{Source: "old", Destination: "x"}, ""))
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a missing source: %v", err)
	}
}

func TestListingWalksInOrderToTheDepthAndFollowsOnlyALinkAtItsRoot(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("tree/b/two/three", "")
	fixture.write("tree/a", "")
	check(t, os.Symlink(fixture.home+"/tree/b", fixture.home+"/tree/c"))
	check(t, os.Symlink("tree", fixture.home+"/link"))
	if paths := fixture.list("tree", 0); !slices.Equal(paths, []string{"tree/a", "tree/b", "tree/c"}) {
		t.Errorf("depth 0: %v", paths)
	}
	if paths := fixture.list("link", 3); !slices.Equal(paths, []string{"link/a", "link/b", "link/b/two", "link/b/two/three", "link/c"}) {
		t.Errorf("depth 3: %v", paths)
	}
	for path, wanted := range map[string]connect.Code{"nothing": connect.CodeNotFound, "tree/a": connect.CodeInvalidArgument} {
		if _, err := fixture.client.ListDir(fixture.ctx, asked(&wire.ListDirRequest{Path: path}, "")); connect.CodeOf(err) != wanted {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRemovingIsRecursiveAndSucceedsForWhatIsNotThere(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("tree/b/two", "")
	check(t, os.Chown(fixture.home+"/tree", 1000, 1000))
	check(t, os.Chown(fixture.home+"/tree/b", 1000, 1000))
	for range 2 {
		_, err := fixture.client.Remove(fixture.ctx, asked(&wire.RemoveRequest{Path: "tree"}, ""))
		check(t, err)
	}
	if _, err := os.Stat(fixture.home + "/tree"); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestEachUserHasItsOwnRightsAndRootAllOfThem(t *testing.T) {
	fixture := newFixture(t)
	secret := fixture.write("secret/file", "x")
	check(t, os.Chmod(filepath.Dir(secret), 0o700))
	calls := map[string]func(user string) error{
		"stat": func(user string) error {
			_, err := fixture.client.Stat(fixture.ctx, asked(&wire.StatRequest{Path: secret}, user))
			return err
		},
		"list": func(user string) error {
			_, err := fixture.client.ListDir(fixture.ctx, asked(&wire.ListDirRequest{Path: filepath.Dir(secret)}, user))
			return err
		},
		"remove": func(user string) error {
			_, err := fixture.client.Remove(fixture.ctx, asked(&wire.RemoveRequest{Path: secret}, user))
			return err
		},
	}
	for _, name := range []string{"stat", "list", "remove"} {
		if err := calls[name](""); connect.CodeOf(err) != connect.CodePermissionDenied {
			t.Errorf("%s as user: %v", name, err)
		}
		if err := calls[name]("root"); err != nil {
			t.Errorf("%s as root: %v", name, err)
		}
		if err := calls[name]("ghost"); connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("%s as nobody known: %v", name, err)
		}
	}
}

func TestALongListingIsRefusedInsteadOfBuilt(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("file", "")
	listing := listing{entries: make([]*wire.EntryInfo, maxListed)}
	if err := listing.begin(fixture.home, 1); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Error(err)
	}
}

func TestNamesThatAreNotUtf8AreShownReadable(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("bad\xffname", "")
	if paths := fixture.list("", 1); fmt.Sprint(paths) != "[bad\uFFFDname]" {
		t.Errorf("%q", paths)
	}
}
