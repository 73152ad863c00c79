package io.omnirun.network;

import java.net.Inet4Address;
import java.util.Optional;

/**
 * Knows the guests by their addresses. Asked for every query and connection, so it must not wait.
 */
@FunctionalInterface
public interface Guests {
  /** The guest that has this address now; empty if none has. */
  Optional<Guest> at(Inet4Address source);
}
