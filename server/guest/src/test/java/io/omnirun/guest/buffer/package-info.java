/** Tests of the memory for bytes that wait. */
@NullMarked
package io.omnirun.guest.buffer;

import org.jspecify.annotations.NullMarked;
