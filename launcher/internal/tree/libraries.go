package tree

import (
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// loaderTimeout bounds a call that takes milliseconds; it only keeps a broken loader from stalling the start for ever.
const loaderTimeout = 30 * time.Second

// libraryLine is what loaders print of each file: "libz.so.1 => /lib/libz.so.1 (0x…)", or a path alone.
var libraryLine = regexp.MustCompile(`(?m)^\s*(?:\S+ => )?(/\S+) \(0x`)

// Libraries lists the dynamic loader of a program and what it would load for the program and for each of the modules that the program
// opens later. It asks the loader itself, as an unprivileged user. A static program needs nothing.
func Libraries(program string, modules []string, uid, gid uint32) ([]string, error) {
	loader, err := loaderOf(program)
	if err != nil || loader == "" {
		return nil, err
	}
	found := []string{loader}
	for _, file := range append([]string{program}, modules...) {
		listed, err := list(loader, file, uid, gid)
		if err != nil {
			return nil, err
		}
		found = append(found, listed...)
	}
	return found, nil
}

// IsStatic says whether a program can be executed without another file.
func IsStatic(program string) (bool, error) {
	loader, err := loaderOf(program)
	return err == nil && loader == "", err
}

// loaderOf reads which loader a program names, or "".
func loaderOf(program string) (string, error) {
	file, err := elf.Open(program)
	if err != nil {
		return "", fmt.Errorf("%s is no program: %w", program, err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			name, err := io.ReadAll(part.Open())
			return strings.TrimRight(string(name), "\x00"), err
		}
	}
	return "", nil
}

func list(loader, file string, uid, gid uint32) ([]string, error) {
	deadline, cancel := context.WithTimeout(context.Background(), loaderTimeout)
	defer cancel()
	command := exec.CommandContext(deadline, loader, "--list", file)
	command.Env = []string{}
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("the libraries of %s cannot be listed: %w", file, err)
	}
	var paths []string
	for _, match := range libraryLine.FindAllSubmatch(output, -1) {
		paths = append(paths, string(match[1]))
	}
	return paths, nil
}
