package filesystem

import (
	"errors"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"google.golang.org/protobuf/types/known/timestamppb"

	wire "omnirun/agent/gen/filesystem"
	"omnirun/agent/internal/metadata"
	"omnirun/agent/internal/users"
)

// entryAt describes what stands at a path, a symbolic link not followed. The error is the file system's.
func entryAt(database *users.Database, path string) (*wire.EntryInfo, error) {
	information, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return describe(database, path, information), nil
}

// describe makes an entry. Type and mode of a symbolic link that leads somewhere are those of its target, which is
// how E2B's clients tell links to directories from links to files; permissions, size and owner are the link's own.
func describe(database *users.Database, path string, information fs.FileInfo) *wire.EntryInfo {
	mode := information.Mode()
	entry := &wire.EntryInfo{
		Name: sayable(filepath.Base(path)), Path: sayable(path), Type: typeOf(mode), Mode: uint32(mode.Perm()), Permissions: mode.String(),
		Size: information.Size(), ModifiedTime: timestamppb.New(information.ModTime()),
	}
	if owner, known := information.Sys().(*syscall.Stat_t); known {
		entry.Owner, entry.Group = database.OwnerName(owner.Uid), database.GroupName(owner.Gid)
	}
	if mode&fs.ModeSymlink != 0 {
		followLink(entry, path)
	}
	var err error
	if entry.Metadata, err = metadata.Read(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		log.Printf("metadata: %v", err)
	}
	return entry
}

func followLink(entry *wire.EntryInfo, path string) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return // A link that leads nowhere is described as what it is.
	}
	said := sayable(target)
	entry.SymlinkTarget = &said
	entry.Type = wire.FileType_FILE_TYPE_UNSPECIFIED
	if information, err := os.Stat(target); err == nil {
		entry.Type, entry.Mode = typeOf(information.Mode()), uint32(information.Mode().Perm())
	}
}

func typeOf(mode fs.FileMode) wire.FileType {
	switch mode.Type() {
	case 0:
		return wire.FileType_FILE_TYPE_FILE
	case fs.ModeDir:
		return wire.FileType_FILE_TYPE_DIRECTORY
	case fs.ModeSymlink:
		return wire.FileType_FILE_TYPE_SYMLINK
	}
	return wire.FileType_FILE_TYPE_UNSPECIFIED
}

// sayable replaces what the wire's strings cannot hold: Linux takes any bytes for a name, protobuf only UTF-8.
func sayable(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }
