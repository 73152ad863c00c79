/** Tests of the interpreter's client, with guests that mean well and ill. */
@NullMarked
package io.omnirun.guest.interpreter;

import org.jspecify.annotations.NullMarked;
