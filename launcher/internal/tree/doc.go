// Package tree makes the file system that VMMs have for a root: copies of the files that their program needs, and nothing else. There is
// one for all machines of a program, made when the launcher starts; the jail mounts it read-only. So there is no shell in a jail, no
// interpreter, nothing of the host's configuration, and an upgrade of the host's packages changes nothing under a running VMM.
package tree
