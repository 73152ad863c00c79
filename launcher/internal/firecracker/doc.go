// Package firecracker knows how Firecracker is started: its command line and the files that it finds in its jail. Unlike QEMU it takes
// paths and no descriptors, so each file is mounted at a place of its own; which machine it becomes the server says by its API. The names
// are the server's, too (FirecrackerDirectory.java), for it gives them to Firecracker and a snapshot keeps them.
package firecracker
