// Package server speaks the launcher's protocol with its one peer: connections, verbs and events.
//
// Each connection has a goroutine that reads lines and one that writes them; each request has its own, so that a slow one holds up
// nobody. All numbers are bounded: connections, requests at work, lines that wait to be written. A peer that does not read loses its
// connection, never the launcher's memory.
package server
