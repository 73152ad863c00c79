/** Sparse disk images. */
@NullMarked
package io.omnirun.machine.disk;

import org.jspecify.annotations.NullMarked;
