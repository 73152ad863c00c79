package users

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// maxTableBytes bounds what is read of passwd and group: room for ten thousand accounts.
const maxTableBytes = 1 << 20

// Database reads passwd and group. It is safe for concurrent use. The tables are parsed again when a file has
// changed, so that an account that was just made is known at once, while the usual look-up costs two stats.
type Database struct {
	passwdPath, groupPath string

	mu     sync.Mutex
	stamps [2]stamp
	tables tables
}

// stamp identifies one content of a file.
type stamp struct {
	inode    uint64
	size     int64
	modified time.Time
}

// NewDatabase reads from the given directory, /etc in a guest.
func NewDatabase(directory string) *Database {
	return &Database{passwdPath: filepath.Join(directory, "passwd"), groupPath: filepath.Join(directory, "group")}
}

// Lookup finds a user by name. The error is an UnknownError, or says why the tables cannot be read.
func (d *Database) Lookup(name string) (User, error) {
	current, err := d.current()
	if err != nil {
		return User{}, err
	}
	user, known := current.users[name]
	if !known {
		return User{}, UnknownError{Name: name}
	}
	return user, nil
}

// OwnerName returns the name of the account with this uid, or the number.
func (d *Database) OwnerName(uid uint32) string {
	current, err := d.current()
	return nameOr(current.ownerNames, uid, err)
}

// GroupName returns the name of the group with this gid, or the number.
func (d *Database) GroupName(gid uint32) string {
	current, err := d.current()
	return nameOr(current.groupNames, gid, err)
}

func nameOr(names map[uint32]string, id uint32, err error) string {
	if name, known := names[id]; known && err == nil {
		return name
	}
	return strconv.FormatUint(uint64(id), 10)
}

func (d *Database) current() (tables, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	stamps, err := d.readStamps()
	if err != nil {
		return tables{}, err
	}
	if stamps == d.stamps {
		return d.tables, nil
	}
	passwd, err := readBounded(d.passwdPath)
	if err != nil {
		return tables{}, err
	}
	group, err := readBounded(d.groupPath)
	if err != nil {
		return tables{}, err
	}
	d.tables = parse(passwd, group)
	d.stamps = stamps
	return d.tables, nil
}

func (d *Database) readStamps() (stamps [2]stamp, err error) {
	for index, path := range []string{d.passwdPath, d.groupPath} {
		information, err := os.Stat(path)
		if err != nil {
			return stamps, fmt.Errorf("read the accounts: %w", err)
		}
		if !information.Mode().IsRegular() {
			return stamps, fmt.Errorf("read the accounts: %s is not a file", path)
		}
		stamps[index] = stamp{information.Sys().(*syscall.Stat_t).Ino, information.Size(), information.ModTime()}
	}
	return stamps, nil
}

func readBounded(path string) (content []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the accounts: %w", err)
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, maxTableBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the accounts: %w", err)
	}
	if len(content) > maxTableBytes {
		return nil, fmt.Errorf("read the accounts: %s has more than %d bytes", path, maxTableBytes)
	}
	return content, nil
}
