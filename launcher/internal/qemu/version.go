package qemu

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// askTimeout bounds a call that takes 20 ms; it only keeps a broken binary from stalling the start for ever.
const askTimeout = 30 * time.Second

var versionPattern = regexp.MustCompile(`\AQEMU emulator version ([0-9]+(?:\.[0-9]+){1,3})`)

// Version asks a QEMU binary for its version, as an unprivileged user. It blocks until the program has answered.
func Version(binary string, uid, gid uint32) (string, error) {
	output, err := ask(binary, uid, gid, "--version")
	if err != nil {
		return "", err
	}
	match := versionPattern.FindSubmatch(output)
	if match == nil {
		return "", fmt.Errorf("%s --version does not answer like QEMU", binary)
	}
	return string(match[1]), nil
}

// ask runs QEMU for what it tells of itself.
func ask(binary string, uid, gid uint32, arguments ...string) ([]byte, error) {
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

// HardwareVersion counts the changes of the machine that Arguments describes. A snapshot fits only the hardware it was made on, so the
// server makes it part of a snapshot's name: raise it with every change of devices, their order or the processor.
const HardwareVersion = 2
