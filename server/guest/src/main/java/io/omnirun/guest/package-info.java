/** The host's side of a guest: byte streams to its ports, and the client of its agent. */
@NullMarked
package io.omnirun.guest;

import org.jspecify.annotations.NullMarked;
