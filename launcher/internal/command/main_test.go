package command

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// probePath is a copy of this test's binary that stands in for QEMU, at a place where any user may execute it.
var probePath string

// TestMain lets this binary be what its tests need: the launcher, the jail's child, or the VMM.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "serve", "sweep", "jail":
			os.Exit(Run(os.Args[1:]))
		case "--id":
			os.Exit(runFirecrackerProbe())
		case "--snapshot-version":
			fmt.Println("v9.0.0")
			syscall.Exit(0)
		case "--version":
			if filepath.Base(os.Args[0]) == firecrackerProbe {
				fmt.Println("Firecracker v1.15.1 (a probe in its place)")
				syscall.Exit(0)
			}
			fmt.Println("QEMU emulator version 7.2.22 (a probe in its place)")
			syscall.Exit(0) // os.Exit would wait a second for the race detector
		case "attempt":
			os.Exit(runAttempt(os.Args[2], os.Args[3]))
		case "-L":
			syscall.Exit(0) // it needs no firmware
		case "-nodefaults":
			os.Exit(runProbe())
		}
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if os.Geteuid() != 0 {
		fmt.Println("skipped: the launcher's tests need root")
		return 0
	}
	directory, err := os.MkdirTemp("", "omnirun-probe")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(directory)
	probePath = filepath.Join(directory, "probe")
	if err := copyProbe(directory); err != nil {
		panic(err)
	}
	return m.Run()
}

func copyProbe(directory string) error {
	if err := os.Chmod(directory, 0o755); err != nil {
		return err
	}
	source, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(probePath, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Close()
}
