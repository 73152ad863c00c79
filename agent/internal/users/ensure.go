package users

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"omnirun/agent/internal/atomicfile"
)

// firstOrdinaryID is the uid and gid of the default user, and where the search begins when an image gave them to
// somebody else.
const firstOrdinaryID = 1000

// EnsureAccounts adds root and the default user, with its group, its home and sudo without a password where sudo is
// installed, to the system under root ("/" in a guest) as far as they are missing. An image brings them; this is for
// images that others made.
func EnsureAccounts(root string) error {
	database := NewDatabase(filepath.Join(root, "etc"))
	for _, name := range []string{"passwd", "group", "shadow"} {
		if err := createIfMissing(filepath.Join(root, "etc", name)); err != nil {
			return err
		}
	}
	if err := ensureAccount(root, database, User{Name: "root", Home: "/root", Shell: "/bin/bash"}); err != nil {
		return err
	}
	id, err := freeID(database, DefaultName)
	if err != nil {
		return err
	}
	ordinary := User{Name: DefaultName, UID: id, GID: id, Home: "/home/" + DefaultName, Shell: "/bin/bash"}
	if err := ensureAccount(root, database, ordinary); err != nil {
		return err
	}
	return allowSudo(root)
}

// freeID returns the account's uid when it exists, else the first number that neither a user nor a group has.
func freeID(database *Database, name string) (uint32, error) {
	current, err := database.current()
	if err != nil {
		return 0, err
	}
	if user, known := current.users[name]; known {
		return user.UID, nil
	}
	for id := uint32(firstOrdinaryID); ; id++ {
		_, isUser := current.ownerNames[id]
		_, isGroup := current.groupNames[id]
		if !isUser && !isGroup {
			return id, nil
		}
	}
}

func ensureAccount(root string, database *Database, account User) error {
	present, err := database.Lookup(account.Name)
	if errors.As(err, new(UnknownError)) {
		present, err = account, addAccount(root, database, account)
	}
	if err != nil {
		return fmt.Errorf("account %s: %w", account.Name, err)
	}
	home := filepath.Join(root, present.Home)
	if _, err := os.Lstat(home); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return fmt.Errorf("home of %s: %w", account.Name, err)
	}
	return os.Lchown(home, int(present.UID), int(present.GID))
}

func addAccount(root string, database *Database, account User) error {
	etc := filepath.Join(root, "etc")
	if database.GroupName(account.GID) != account.Name {
		if err := appendLine(filepath.Join(etc, "group"), 0o644, fmt.Sprintf("%s:x:%d:", account.Name, account.GID)); err != nil {
			return err
		}
	}
	// "*" is no password's hash: the account can be used, but nobody logs in to it with a password.
	if err := appendLine(filepath.Join(etc, "shadow"), 0o600, account.Name+":*:19000:0:99999:7:::"); err != nil {
		return err
	}
	line := fmt.Sprintf("%s:x:%d:%d::%s:%s", account.Name, account.UID, account.GID, account.Home, account.Shell)
	return appendLine(filepath.Join(etc, "passwd"), 0o644, line)
}

func allowSudo(root string) error {
	directory := filepath.Join(root, "etc/sudoers.d")
	if _, err := os.Stat(filepath.Join(root, "usr/bin/sudo")); err != nil {
		return nil // Not installed.
	}
	if err := os.MkdirAll(directory, 0o750); err != nil {
		return fmt.Errorf("sudo: %w", err)
	}
	rule := DefaultName + " ALL=(ALL:ALL) NOPASSWD:ALL\n"
	return atomicfile.Write(filepath.Join(directory, DefaultName), []byte(rule), 0o440)
}

func createIfMissing(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	return file.Close()
}

func appendLine(path string, mode os.FileMode, line string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		content = append(content, '\n')
	}
	return atomicfile.Write(path, append(content, line+"\n"...), mode)
}
