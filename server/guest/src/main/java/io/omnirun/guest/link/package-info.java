/**
 * The host's end of the byte path over a virtio-serial port; {@code api/link.md} is its contract.
 */
@NullMarked
package io.omnirun.guest.link;

import org.jspecify.annotations.NullMarked;
