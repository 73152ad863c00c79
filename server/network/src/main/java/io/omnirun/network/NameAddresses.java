package io.omnirun.network;

import io.omnirun.model.DomainName;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;

/**
 * What the exact names of a policy stand for.
 *
 * @param denied those that are denied
 * @param next after so long they are to be looked up again
 * @param areAll whether each name was found out; if not, the others are wanted sooner
 */
record NameAddresses(List<Allowed> allowed, List<Denied> denied, Duration next, boolean areAll) {
  /**
   * A name that is allowed.
   *
   * @param time for how long its addresses are to be open
   */
  record Allowed(DomainName name, List<Inet4Address> addresses, Duration time) {}

  /** A name that is denied. */
  record Denied(DomainName name, List<Inet4Address> addresses) {}
}
