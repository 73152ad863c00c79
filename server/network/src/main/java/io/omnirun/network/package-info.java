/**
 * What names decide of the sandboxes' network: the resolver that they ask, the proxy that their TLS
 * and HTTP connections come to, and the log of both. Guests are known by their source addresses,
 * which the router guarantees.
 */
@NullMarked
package io.omnirun.network;

import org.jspecify.annotations.NullMarked;
