package identity

import "sync/atomic"

// Current is what the rest of the agent needs to know of the identity. It is never changed, only replaced.
type Current struct {
	// Environment is for every process; the request's own variables win over it.
	Environment map[string]string
	// AccessToken is wanted on the agent's API port; empty means that none has been set.
	AccessToken string
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
