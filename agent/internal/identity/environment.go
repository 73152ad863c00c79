package identity

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"

	"omnirun/agent/internal/atomicfile"
)

// environmentFile is where services that were started before the claim (the interpreter) find what commands are given.
const environmentFile = "run/omnirun/environment"

// WriteEnvironment replaces the file as a whole, and writes nothing that is there already. Its directory is that of the boot id, which is
// set before.
func (l *Linux) WriteEnvironment(block []byte) error {
	path := filepath.Join(l.root, environmentFile)
	if present, err := readSmall(path); err == nil && present == string(block) {
		return nil
	}
	return atomicfile.Write(path, block, 0o600)
}

// environmentBlock has a NUL after each "NAME=value": the environment in the order of its names, so that the same one makes the same
// block, then the credentials, which win over it.
func environmentBlock(environment map[string]string, credentials *Credentials) []byte {
	var block bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		block.WriteString(name + "=" + environment[name] + "\x00")
	}
	if credentials != nil {
		block.Grow(credentials.bytes)
		for _, entry := range credentials.entries {
			block.WriteString(entry)
			block.WriteByte(0)
		}
	}
	return block.Bytes()
}
