/**
 * Previews: the ports of guests, each under a host name of its own. A proxy for HTTP/1.1 and for
 * what it is upgraded to; it trusts neither the browser nor the guest.
 */
@NullMarked
package io.omnirun.gateway;

import org.jspecify.annotations.NullMarked;
