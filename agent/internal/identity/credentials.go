package identity

import (
	"bytes"
	"path/filepath"
	"strings"

	"omnirun/agent/internal/atomicfile"
)

// credentialsFile is where documents of OmniRun say that it is.
const credentialsFile = "tmp/.omnirun-env"

// WriteCredentials replaces whatever stands there.
func (l *Linux) WriteCredentials(script []byte) error {
	return atomicfile.Write(filepath.Join(l.root, credentialsFile), script, 0o600)
}

// writeCredentials does nothing when none were asked for.
func (a *Applier) writeCredentials(credentials map[string]string) error {
	if credentials == nil {
		return nil
	}
	return a.system.WriteCredentials(shellScript(credentials))
}

// shellScript exports the variables when a shell reads it. Between single quotes POSIX shells take every byte as it is
// but the quote itself.
func shellScript(variables map[string]string) []byte {
	var script bytes.Buffer
	size := 0
	for name, value := range variables {
		size += len("export =''\n") + len(name) + len(value)
	}
	// One allocation, but for the quotes: an emulated guest pays dearly for memory that it has not touched before.
	script.Grow(size)
	for name, value := range variables {
		script.WriteString("export ")
		script.WriteString(name)
		script.WriteString("='")
		for {
			before, after, found := strings.Cut(value, "'")
			script.WriteString(before)
			if !found {
				break
			}
			script.WriteString(`'\''`)
			value = after
		}
		script.WriteString("'\n")
	}
	return script.Bytes()
}

// isVariableName accepts what every shell can name: letters, digits and underscores, no digit first.
func isVariableName(name string) bool {
	for i := range len(name) {
		letter := name[i] == '_' || name[i] >= 'a' && name[i] <= 'z' || name[i] >= 'A' && name[i] <= 'Z'
		if !letter && (i == 0 || name[i] < '0' || name[i] > '9') {
			return false
		}
	}
	return name != ""
}
