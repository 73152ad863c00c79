package filesystem

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"connectrpc.com/connect"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/access"
)

// watching collects the events of one watch.
type watching struct {
	fixture *fixture
	stream  *connect.ServerStreamForClient[wire.WatchDirResponse]
	seen    []string
	entries map[string]*wire.EntryInfo
}

func (f *fixture) watch(request *wire.WatchDirRequest) *watching {
	f.t.Helper()
	stream, err := f.client.WatchDir(f.ctx, asked(request, ""))
	check(f.t, err)
	f.t.Cleanup(func() { _ = stream.Close() })
	if !stream.Receive() || stream.Msg().GetStart() == nil {
		f.t.Fatalf("the first message: %v (%v)", stream.Msg(), stream.Err())
	}
	return &watching{fixture: f, stream: stream, entries: map[string]*wire.EntryInfo{}}
}

func (w *watching) until(wanted string) {
	w.fixture.t.Helper()
	for !slices.Contains(w.seen, wanted) {
		if !w.stream.Receive() {
			w.fixture.t.Fatalf("%q did not come, only %q: %v", wanted, w.seen, w.stream.Err())
		}
		if event := w.stream.Msg().GetFilesystem(); event != nil {
			said := said(event)
			w.seen = append(w.seen, said)
			w.entries[said] = event.GetEntry()
		}
	}
}

func said(event *wire.FilesystemEvent) string {
	return event.GetName() + " " + event.GetType().String()[len("EVENT_TYPE_"):]
}

func TestEveryKindOfChangeIsReportedWithItsRelativeName(t *testing.T) {
	fixture := newFixture(t)
	watching := fixture.watch(&wire.WatchDirRequest{Path: "~", IncludeEntry: true})
	path := fixture.write("file", "x")
	watching.until("file CREATE")
	watching.until("file WRITE")
	if entry := watching.entries["file WRITE"]; entry.GetPath() != path {
		t.Errorf("entry %v", entry)
	}
	check(t, os.Chmod(path, 0o600))
	watching.until("file CHMOD")
	check(t, os.Rename(path, path+"2"))
	watching.until("file RENAME")
	watching.until("file2 CREATE")
	check(t, os.Remove(path+"2"))
	watching.until("file2 REMOVE")
	if watching.entries["file2 REMOVE"] != nil {
		t.Error("what is gone has an entry")
	}
}

func TestARecursiveWatchSeesDirectoriesMadeLaterAndWhatIsWrittenAtOnce(t *testing.T) {
	fixture := newFixture(t)
	check(t, os.Mkdir(filepath.Join(fixture.home, "old"), 0o755))
	watching := fixture.watch(&wire.WatchDirRequest{Path: "~", Recursive: true})
	fixture.write("old/file", "x")
	watching.until("old/file WRITE")
	for _, name := range []string{"a/b/c/one", "d/two", "e/f/three"} {
		fixture.write(name, "x")
		watching.until(name + " CREATE")
		watching.until(name + " WRITE")
	}
	fixture.write("a/b/later", "x")
	watching.until("a/b/later WRITE")
}

func TestAWatchThatIsNotRecursiveStaysInItsDirectory(t *testing.T) {
	fixture := newFixture(t)
	watching := fixture.watch(&wire.WatchDirRequest{Path: "~"})
	fixture.write("sub/file", "x")
	fixture.write("last", "x")
	watching.until("last WRITE")
	for _, seen := range watching.seen {
		if filepath.Dir(seen) != "." {
			t.Errorf("saw %q", seen)
		}
	}
}

func TestAnUnfinishedUploadIsNotShown(t *testing.T) {
	fixture := newFixture(t)
	watching := fixture.watch(&wire.WatchDirRequest{Path: "~"})
	hidden := fixture.write(access.TemporaryPrefix+"1", "x")
	check(t, os.Rename(hidden, filepath.Join(fixture.home, "file")))
	watching.until("file CREATE")
	if len(watching.seen) != 1 {
		t.Errorf("saw %q", watching.seen)
	}
}

func TestQueuedEventsAreTakenOnceAndTheWatcherCanBeRemoved(t *testing.T) {
	fixture := newFixture(t)
	created, err := fixture.client.CreateWatcher(fixture.ctx, asked(&wire.CreateWatcherRequest{Path: "~"}, ""))
	check(t, err)
	id := created.Msg.GetWatcherId()
	live := fixture.watch(&wire.WatchDirRequest{Path: "~"})
	fixture.write("file", "x")
	live.until("file WRITE")
	question := &wire.GetWatcherEventsRequest{WatcherId: id}
	var seen []string
	for !slices.Contains(seen, "file WRITE") { // The two watches are told independently.
		response, err := fixture.client.GetWatcherEvents(fixture.ctx, asked(question, ""))
		check(t, err)
		for _, event := range response.Msg.GetEvents() {
			seen = append(seen, said(event))
		}
	}
	if !slices.Equal(seen, []string{"file CREATE", "file WRITE"}) {
		t.Errorf("saw %q", seen)
	}
	_, err = fixture.client.RemoveWatcher(fixture.ctx, asked(&wire.RemoveWatcherRequest{WatcherId: id}, ""))
	check(t, err)
	if _, err = fixture.client.GetWatcherEvents(fixture.ctx, asked(question, "")); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("after removal: %v", err)
	}
}

func TestAFullQueueSaysOnceThatEventsWereLost(t *testing.T) {
	queued := &queuedWatch{}
	for range maxQueued + 1 {
		check(t, queued.keep(&wire.FilesystemEvent{}))
	}
	if _, err := queued.take(); connect.CodeOf(err) != connect.CodeDataLoss {
		t.Errorf("first: %v", err)
	}
	if events, err := queued.take(); err != nil || len(events) != maxQueued {
		t.Errorf("then: %d events (%v)", len(events), err)
	}
}

func TestOnlyExistingDirectoriesCanBeWatched(t *testing.T) {
	fixture := newFixture(t)
	fixture.write("file", "")
	for path, wanted := range map[string]connect.Code{"nothing": connect.CodeNotFound, "file": connect.CodeInvalidArgument} {
		if _, err := fixture.client.CreateWatcher(fixture.ctx, asked(&wire.CreateWatcherRequest{Path: path}, "")); connect.CodeOf(err) != wanted {
			t.Errorf("%s: %v", path, err)
		}
	}
}
