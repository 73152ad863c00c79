// Package identity makes a clone somebody: everything that must be unique or current in it, all without running a
// program, in a few milliseconds.
package identity
