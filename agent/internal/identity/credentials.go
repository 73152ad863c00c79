package identity

import (
	"bytes"
	"fmt"
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
func (a *Applier) writeCredentials(credentials *Credentials) error {
	if credentials == nil {
		return nil
	}
	return a.system.WriteCredentials(credentials.shellScript())
}

// Credentials are environment variables in the form in which processes get them: "NAME=value". A vault may have thousands,
// and an emulated guest pays dearly for each map entry and allocation, so they stay parts of the one text that came. They
// are never changed; nil has none.
type Credentials struct {
	entries []string
	bytes   int
}

// ParseCredentials takes a text with a NUL after each "NAME=value". The error is an InvalidError and holds no value.
func ParseCredentials(block string) (*Credentials, error) {
	credentials := &Credentials{entries: make([]string, 0, strings.Count(block, "\x00")), bytes: len(block)}
	for block != "" {
		entry, rest, ended := strings.Cut(block, "\x00")
		name, _, assigned := strings.Cut(entry, "=")
		if !ended || !assigned || !isVariableName(name) {
			return nil, InvalidError{"a credential cannot be an environment variable"}
		}
		credentials.entries = append(credentials.entries, entry)
		block = rest
	}
	return credentials, nil
}

// Entries returns every "NAME=value"; the caller changes nothing in it.
func (c *Credentials) Entries() []string {
	if c == nil {
		return nil
	}
	return c.entries
}

// String leaves names and values out: what is printed may be kept.
func (c *Credentials) String() string { return fmt.Sprintf("%d credentials", len(c.Entries())) }

// shellScript exports the variables when a shell reads it. Between single quotes POSIX shells take every byte as it is
// but the quote itself.
func (c *Credentials) shellScript() []byte {
	var script bytes.Buffer
	// One allocation, but for the quotes: an emulated guest pays dearly for memory that it has not touched before.
	script.Grow(c.bytes + len(c.entries)*len("export ''"))
	for _, entry := range c.entries {
		name, value, _ := strings.Cut(entry, "=")
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
