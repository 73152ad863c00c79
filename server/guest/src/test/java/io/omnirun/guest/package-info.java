/** Tests of the host's side of a guest, with the guest's side as it is. */
@NullMarked
package io.omnirun.guest;

import org.jspecify.annotations.NullMarked;
