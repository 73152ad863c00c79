/** Tests of yamux against guests that mean well and ill. */
@NullMarked
package io.omnirun.guest.yamux;

import org.jspecify.annotations.NullMarked;
