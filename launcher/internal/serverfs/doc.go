// Package serverfs opens and makes files in the two directories that the server owns, with no more rights than the server has.
//
// The launcher is root and the server is not, so every path below the server's directories is a trap: a symbolic link, a hard link or
// a rename between two calls could aim root at somebody else's file. Two things together close it. Every path is resolved by openat2
// beneath a directory that was opened at start, without symbolic links. And every call that names a path runs on a thread whose
// file system identity (setfsuid) is the server's, without root's file capabilities, so that the kernel itself refuses what the server
// could not have done alone, and what is made belongs to the server without a chown. What was opened is then checked by descriptor:
// its type, its owner, its number of links.
package serverfs
