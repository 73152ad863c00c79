/** Memory for bytes that wait: what streams and outputs have in common. */
@NullMarked
package io.omnirun.guest.buffer;

import org.jspecify.annotations.NullMarked;
