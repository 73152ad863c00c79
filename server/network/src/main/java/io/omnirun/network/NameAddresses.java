package io.omnirun.network;

import io.omnirun.model.DomainName;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;

/**
 * What the exact names of a policy stand for.
 *
 * @param denied addresses of names that are denied
 * @param next after so long they are to be looked up again
 */
record NameAddresses(List<Allowed> allowed, List<Inet4Address> denied, Duration next) {
  /**
   * A name that is allowed.
   *
   * @param time for how long its addresses are to be open
   */
  record Allowed(DomainName name, List<Inet4Address> addresses, Duration time) {}
}
