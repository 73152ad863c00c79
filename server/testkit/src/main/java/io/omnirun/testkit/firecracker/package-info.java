/**
 * A fake Firecracker, for machines without KVM: a program that speaks Firecracker's API and its
 * vsock socket, and has the real agent as its guest, as a process in namespaces of the host. It
 * boots no kernel and restores no memory; what it proves and what it cannot says {@link
 * io.omnirun.testkit.firecracker.FakeFirecracker}.
 */
@NullMarked
package io.omnirun.testkit.firecracker;

import org.jspecify.annotations.NullMarked;
