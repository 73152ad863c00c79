package identity

import (
	"maps"
	"strings"
	"sync/atomic"
)

// Current is what the rest of the agent needs to know of the identity. It is never changed, only replaced.
type Current struct {
	// Environment is for every process; credentials win over it, and the request's own variables over both.
	Environment map[string]string
	// Credentials may be nil: none.
	Credentials *Credentials
	// AccessToken is wanted on the agent's API port; empty means that none has been set.
	AccessToken string
}

// Variables are the environment and the credentials together, in a map of the caller's own.
func (c Current) Variables() map[string]string {
	variables := make(map[string]string, len(c.Environment)+len(c.Credentials.Entries()))
	maps.Copy(variables, c.Environment)
	for _, entry := range c.Credentials.Entries() {
		name, value, _ := strings.Cut(entry, "=")
		variables[name] = value
	}
	return variables
}

// Store holds the present identity. It is safe for concurrent use.
type Store struct{ current atomic.Pointer[Current] }

// NewStore returns a store of a guest that is nobody yet: no environment, no token.
func NewStore() *Store {
	store := &Store{}
	store.Replace(Current{})
	return store
}

// Load returns the present identity.
func (s *Store) Load() Current { return *s.current.Load() }

// Replace makes another identity the present one, for everything that starts from now on.
func (s *Store) Replace(current Current) { s.current.Store(&current) }
