package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"connectrpc.com/connect"
	"github.com/fsnotify/fsnotify"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/access"
	"omnirun/agent/internal/users"
)

// maxWatched bounds the directories of one watch: each costs the kernel about a kilobyte.
const maxWatched = 65_536

// watch reports what changes in a directory. It belongs to one goroutine, which closes it.
type watch struct {
	users        *users.Database
	user         users.User
	root         string
	recursive    bool
	includeEntry bool
	notifier     *fsnotify.Watcher
	watched      int
	send         func(*wire.FilesystemEvent) error
}

// watchOptions is what the two requests that begin a watch have in common.
type watchOptions interface {
	GetRecursive() bool
	GetIncludeEntry() bool
	GetAllowNetworkMounts() bool
}

// newWatch begins to watch; whatever changes from its return on will be reported. Errors are connect's or the file
// system's.
func newWatch(database *users.Database, user users.User, root string, options watchOptions) (*watch, error) {
	if err := checkRoot(root, options.GetAllowNetworkMounts()); err != nil {
		return nil, err
	}
	notifier, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("watch: %w", err))
	}
	begun := &watch{
		users: database, user: user, root: root, recursive: options.GetRecursive(), includeEntry: options.GetIncludeEntry(), notifier: notifier,
	}
	if err := access.As(user, func() error { return begun.add(root, nil) }); err != nil {
		return nil, errors.Join(err, begun.close())
	}
	return begun, nil
}

func (w *watch) close() error { return w.notifier.Close() }

// run reports until the context is done, sending fails or events were lost.
func (w *watch) run(ctx context.Context) error {
	for {
		select {
		case event := <-w.notifier.Events:
			if err := access.As(w.user, func() error { return w.report(event) }); err != nil {
				return err
			}
		case err := <-w.notifier.Errors:
			return connect.NewError(connect.CodeDataLoss, fmt.Errorf("events were lost: %w", err))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// report sends one event with the rights of the user that watches, and for a new directory also what is in it
// already.
func (w *watch) report(event fsnotify.Event) error {
	if event.Name == w.root || strings.HasPrefix(filepath.Base(event.Name), access.TemporaryPrefix) {
		return nil
	}
	for _, kind := range kinds {
		if event.Has(kind.operation) {
			if err := w.emit(event.Name, kind.wire); err != nil {
				return err
			}
		}
	}
	if !w.recursive || !event.Has(fsnotify.Create) {
		return nil
	}
	return w.addNew(event.Name)
}

var kinds = []struct {
	operation fsnotify.Op
	wire      wire.EventType
}{
	{fsnotify.Create, wire.EventType_EVENT_TYPE_CREATE},
	{fsnotify.Write, wire.EventType_EVENT_TYPE_WRITE},
	{fsnotify.Remove, wire.EventType_EVENT_TYPE_REMOVE},
	{fsnotify.Rename, wire.EventType_EVENT_TYPE_RENAME},
	{fsnotify.Chmod, wire.EventType_EVENT_TYPE_CHMOD},
}

// emit sends an event about a path. The entry is left out when the path has gone again.
func (w *watch) emit(path string, kind wire.EventType) error {
	name, err := filepath.Rel(w.root, path)
	if err != nil {
		return err
	}
	event := &wire.FilesystemEvent{Name: sayable(name), Type: kind}
	if w.includeEntry && kind != wire.EventType_EVENT_TYPE_REMOVE && kind != wire.EventType_EVENT_TYPE_RENAME {
		if entry, err := entryAt(w.users, path); err == nil {
			event.Entry = entry
		}
	}
	return w.send(event)
}

// addNew takes a directory in that has just appeared. What was made in it before it was watched is reported as
// created, and as written where it has content; an event may so come twice, but none is lost.
func (w *watch) addNew(path string) error {
	information, err := os.Lstat(path)
	if err != nil || !information.IsDir() {
		return nil // It has gone again, or is nothing to watch.
	}
	err = w.add(path, func(found string, entry fs.DirEntry) error {
		if err := w.emit(found, wire.EventType_EVENT_TYPE_CREATE); err != nil {
			return err
		}
		if information, err := entry.Info(); err == nil && information.Mode().IsRegular() && information.Size() > 0 {
			return w.emit(found, wire.EventType_EVENT_TYPE_WRITE)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// add watches a directory and, if so wanted, all below it, and calls found, if there is one, for everything below. A
// directory is watched before it is read, so that nothing falls between the two.
func (w *watch) add(directory string, found func(path string, entry fs.DirEntry) error) error {
	if w.watched == maxWatched {
		return connect.NewError(connect.CodeResourceExhausted, fmt.Errorf("there are more than %d directories to watch", maxWatched))
	}
	err := w.notifier.Add(directory)
	if errors.Is(err, syscall.ENOSPC) { // inotify_add_watch(2) says so of its own limit, not of a disk.
		return connect.NewError(connect.CodeResourceExhausted,
			fmt.Errorf("there are more directories to watch than fs.inotify.max_user_watches allows; %d are watched here", w.watched))
	}
	if err != nil {
		return err
	}
	w.watched++
	if !w.recursive {
		return nil
	}
	children, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := w.addChild(filepath.Join(directory, child.Name()), child, found); err != nil {
			return err
		}
	}
	return nil
}

func (w *watch) addChild(path string, child fs.DirEntry, found func(string, fs.DirEntry) error) error {
	if found != nil && !strings.HasPrefix(child.Name(), access.TemporaryPrefix) {
		if err := found(path, child); err != nil {
			return err
		}
	}
	if !child.IsDir() {
		return nil
	}
	err := w.add(path, found)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // It has gone again, or is not for this user to see.
	}
	return err
}
