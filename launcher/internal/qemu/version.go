package qemu

import (
	"fmt"
	"regexp"

	"omnirun/launcher/internal/program"
)

var versionPattern = regexp.MustCompile(`\AQEMU emulator version ([0-9]+(?:\.[0-9]+){1,3})`)

// Version asks a QEMU binary for its version, as an unprivileged user. It blocks until the program has answered.
func Version(binary string, uid, gid uint32) (string, error) {
	output, err := program.Ask(binary, uid, gid, "--version")
	if err != nil {
		return "", err
	}
	match := versionPattern.FindSubmatch(output)
	if match == nil {
		return "", fmt.Errorf("%s --version does not answer like QEMU", binary)
	}
	return string(match[1]), nil
}

// HardwareVersion counts the changes of the machine that Arguments describes. A snapshot fits only the hardware it was made on, so the
// server makes it part of a snapshot's name: raise it with every change of devices, their order or the processor.
const HardwareVersion = 2
