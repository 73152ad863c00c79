package boot

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// moduleList names a module's file in each line, in the order in which they need each other.
	moduleList = "/modules.list"
	// maxListBytes bounds the list: a few dozen lines.
	maxListBytes = 64 << 10
)

// loadModules loads what the kernel needs to find its disks. What cannot be loaded is reported and passed over: it
// may be built in, and if it was needed, the disks do not come.
func loadModules() {
	list, err := os.Open(moduleList)
	if err != nil {
		log.Printf("no modules: %v", err)
		return
	}
	defer list.Close()
	content, err := io.ReadAll(io.LimitReader(list, maxListBytes))
	if err != nil {
		log.Printf("modules: %v", err)
	}
	for path := range strings.FieldsSeq(string(content)) {
		if err := loadModule(path); err != nil {
			log.Printf("module: %v", err)
		}
	}
}

func loadModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("load %s: %w", path, err)
	}
	return nil
}
