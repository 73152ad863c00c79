/** Tests against testkit's fake Firecracker, and against a real one where there is one. */
@NullMarked
package io.omnirun.machine.firecracker;

import org.jspecify.annotations.NullMarked;
