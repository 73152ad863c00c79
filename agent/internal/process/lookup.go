package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// resolveDirectory returns the absolute working directory. The error is an InvalidError.
func (s *Specification) resolveDirectory() (string, error) {
	named := ""
	if s.WorkingDirectory != nil {
		named = *s.WorkingDirectory
	}
	directory, err := s.User.Resolve(named)
	if err != nil {
		return "", InvalidError{err.Error()}
	}
	information, err := os.Stat(directory)
	if err != nil && named == "" {
		return "/", nil // An account whose home is missing (daemons have /nonexistent) can still run commands, as with su.
	}
	if err != nil {
		return "", InvalidError{fmt.Sprintf("cwd '%s' does not exist", directory)}
	}
	if !information.IsDir() {
		return "", InvalidError{fmt.Sprintf("cwd '%s' is not a directory", directory)}
	}
	return directory, nil
}

// findProgram does what a shell does with a command's name: one with a slash is a path, any other is searched for in
// the process's own PATH. Whether the user may execute it, the kernel says. The error is a syscall.Errno.
func findProgram(command, searchPath, directory string) (string, error) {
	if strings.Contains(command, "/") {
		if filepath.IsAbs(command) {
			return command, nil
		}
		return filepath.Join(directory, command), nil
	}
	for _, place := range filepath.SplitList(searchPath) {
		if !filepath.IsAbs(place) {
			place = filepath.Join(directory, place)
		}
		candidate := filepath.Join(place, command)
		if information, err := os.Stat(candidate); err == nil && information.Mode().IsRegular() && information.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", syscall.ENOENT
}
