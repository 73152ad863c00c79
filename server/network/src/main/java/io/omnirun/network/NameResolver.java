package io.omnirun.network;

import io.omnirun.model.DomainName;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;

/** Finds the addresses of names, in the public DNS as the host sees it. Waits for the answer. */
@FunctionalInterface
public interface NameResolver {
  /**
   * What a name stands for.
   *
   * @param addresses in the order of the answer; empty if there is no such name or no address of it
   * @param timeToLive how long that may be taken to be so
   */
  record Resolution(List<Inet4Address> addresses, Duration timeToLive) {
    public Resolution {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Looks a name up.
   *
   * @throws IOException if no name server says what the name stands for
   */
  Resolution resolve(DomainName name) throws IOException;
}
