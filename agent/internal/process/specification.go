package process

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/users"
)

// Specification says what to run. Start checks it.
type Specification struct {
	Command     string
	Arguments   []string
	Environment map[string]string
	// WorkingDirectory as the caller named it: absent is the user's home, "~" and relative paths begin there.
	WorkingDirectory *string
	Tag              *string
	User             users.User
	// Terminal is absent for a process with pipes.
	Terminal *TerminalSize
	// Input says whether there is a standard input to write to; without one it is /dev/null. A terminal always has
	// one.
	Input bool
	// Timeout ends the process group after so long; 0 means never.
	Timeout time.Duration
}

// standardPath is what Debian gives to root, and here to everybody: users of a sandbox expect to find administration
// tools.
const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// check refuses what execve(2) cannot express. The error is an InvalidError.
func (s *Specification) check() error {
	if s.Command == "" {
		return InvalidError{"command is empty"}
	}
	for _, text := range append([]string{s.Command}, s.Arguments...) {
		if strings.ContainsRune(text, 0) {
			return InvalidError{"command and arguments must not contain a NUL byte"}
		}
	}
	for name, value := range s.Environment {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
			return InvalidError{fmt.Sprintf("environment variable %q cannot be set", name)}
		}
	}
	return nil
}

// environment merges, later ones winning: what a login gives to the user, the sandbox's own variables, its credentials, the
// request's. No name is in the list twice.
func (s *Specification) environment(sandbox identity.Current) []string {
	merged := map[string]string{
		"PATH": standardPath, "HOME": s.User.Home, "USER": s.User.Name, "LOGNAME": s.User.Name, "SHELL": s.User.Shell,
	}
	if s.Terminal != nil {
		merged["TERM"] = "xterm-256color"
	}
	maps.Copy(merged, sandbox.Environment)
	credentials := sandbox.Credentials.Entries()
	list := make([]string, 0, len(merged)+len(credentials)+len(s.Environment))
	for _, entry := range credentials {
		name, _, _ := strings.Cut(entry, "=")
		delete(merged, name)
		if _, own := s.Environment[name]; !own {
			list = append(list, entry)
		}
	}
	maps.Copy(merged, s.Environment)
	for name, value := range merged {
		list = append(list, name+"="+value)
	}
	return list
}

// valueOf looks a variable up in such a list.
func valueOf(name string, environment []string) string {
	for _, entry := range environment {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}
