/** The client of the interpreter in a guest, which speaks E2B's wire on a port of its own. */
@NullMarked
package io.omnirun.guest.interpreter;

import org.jspecify.annotations.NullMarked;
