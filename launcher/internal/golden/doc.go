// Package golden keeps the RAM of golden snapshots in sealed memory, of which every clone has a private mapping.
//
// A VMM that has been taken over can so not change a byte of what the other clones see. The launcher fills the memory, hence its pages
// are charged to the launcher and not to the clone that happens to touch them first. Holes are the exception: they take no memory until
// a clone touches them, and are then charged to that one, for which its limit has room.
package golden
