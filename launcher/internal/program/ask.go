// Package program asks the programs of VMMs about themselves.
package program

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// askTimeout bounds a call that takes 20 ms; it only keeps a broken binary from stalling the start for ever.
const askTimeout = 30 * time.Second

// Ask runs a program, as an unprivileged user, for what it prints. It blocks until the program has ended.
func Ask(binary string, uid, gid uint32, arguments ...string) ([]byte, error) {
	deadline, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	command := exec.CommandContext(deadline, binary, arguments...)
	command.Env = []string{}
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s fails: %w", binary, strings.Join(arguments, " "), err)
	}
	return output, nil
}
