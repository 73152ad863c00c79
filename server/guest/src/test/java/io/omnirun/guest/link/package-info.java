/** Tests of the host's end of the link. */
@NullMarked
package io.omnirun.guest.link;

import org.jspecify.annotations.NullMarked;
