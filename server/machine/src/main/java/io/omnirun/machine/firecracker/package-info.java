/**
 * Machines of Firecracker. Written after its source and documents and tested against a fake
 * (testkit's {@code FakeFirecracker}); it has not met a real Firecracker yet.
 */
@NullMarked
package io.omnirun.machine.firecracker;

import org.jspecify.annotations.NullMarked;
