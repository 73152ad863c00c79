// Package jail turns a child of the launcher into a VMM that can do nothing but run its machine.
//
// The parent starts the launcher's own binary once more, in new mount, pid, ipc, uts and network namespaces, with the VMM's
// descriptors open. The child waits for its plan on a pipe, so that the parent can put it in its control group and write its record
// first; a parent that dies before that ends the child with it. Then the child builds its root, makes the tap, gives up every right and
// becomes the VMM by execve. Until then it says on a second pipe what went wrong.
//
// Where a Firecracker has its own jailer, the child becomes that; the jailer makes the last part of the root, gives up the user and becomes the
// entry, and that becomes the VMM. Then the second pipe ends with the child, and what goes wrong later is in the VMM's log.
//
// All of it happens on one locked thread: name spaces, credentials and capabilities belong to threads, and execve ends the others.
//
// It needs Linux 5.11, for close_range with CLOSE_RANGE_CLOEXEC; /proc with subset=pid is from 5.8.
package jail
