// Package record keeps what the launcher must know about its machines after it has been killed: one small file per machine, in a
// directory on tmpfs that only root can enter. Records end with the host, as the machines do.
package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/wire"
)

// Record names a machine's VMM for good: a pid alone may be somebody else's by now.
type Record struct {
	Machine   spec.Machine `json:"machine"`
	PID       int          `json:"pid"`
	StartTime uint64       `json:"startTime"` // clock ticks since the host booted
	UIDSlot   int          `json:"uidSlot"`   // its uid, counted from the launcher's first one
	Golden    spec.Hash    `json:"golden"`    // empty for a boot
}

const (
	suffix         = ".json"
	maxRecordBytes = 4096
)

// Store is the directory of the records.
type Store struct{ directory string }

// Open makes the directory below the run directory unless it exists.
func Open(runDirectory string) (*Store, error) {
	store := &Store{directory: filepath.Join(runDirectory, "machines")}
	if err := os.Mkdir(store.directory, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return store, nil
}

// Write makes or replaces a record at once: a reader finds the whole of it or none.
func (s *Store) Write(record Record) error {
	encoded, err := json.Marshal(record)
	if err != nil {
		return err
	}
	temporary := s.path(record.Machine) + ".new"
	if err := os.WriteFile(temporary, encoded, 0o600); err != nil {
		return errors.Join(fmt.Errorf("the record: %w", err), os.RemoveAll(temporary))
	}
	return os.Rename(temporary, s.path(record.Machine))
}

// Remove removes a record; one that does not exist is no error.
func (s *Store) Remove(machine spec.Machine) error {
	if err := os.Remove(s.path(machine)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the record: %w", err)
	}
	return nil
}

// All reads every record. Files that are none, such as half of one from a launcher that was killed, are removed; the error names
// them and the records that could be read are returned all the same.
func (s *Store) All() ([]Record, error) {
	entries, err := os.ReadDir(s.directory)
	if err != nil {
		return nil, err
	}
	var records []Record
	var failures []error
	for _, entry := range entries {
		record, err := s.read(entry.Name())
		if err != nil {
			removal := os.Remove(filepath.Join(s.directory, entry.Name()))
			failures = append(failures, fmt.Errorf("%s is no record: %w", entry.Name(), errors.Join(err, removal)))
			continue
		}
		records = append(records, record)
	}
	return records, errors.Join(failures...)
}

func (s *Store) read(name string) (Record, error) {
	machine, err := spec.ParseMachine(strings.TrimSuffix(name, suffix))
	if err != nil || !strings.HasSuffix(name, suffix) {
		return Record{}, errors.New("its name is not a machine's")
	}
	file, err := os.Open(s.path(machine))
	if err != nil {
		return Record{}, err
	}
	defer file.Close()
	encoded, err := io.ReadAll(io.LimitReader(file, maxRecordBytes))
	if err != nil {
		return Record{}, err
	}
	var record Record
	if err := wire.Decode(encoded, &record); err != nil {
		return Record{}, err
	}
	if record.Machine != machine || record.PID <= 1 || record.UIDSlot < 0 {
		return Record{}, errors.New("its content is not a machine's")
	}
	return record, nil
}

func (s *Store) path(machine spec.Machine) string {
	return filepath.Join(s.directory, string(machine)+suffix)
}
