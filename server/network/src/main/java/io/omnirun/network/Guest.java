package io.omnirun.network;

import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.Set;

/** A sandbox as the network sees it. Used by many threads at once. */
public interface Guest {
  /** Which sandbox it is. */
  SandboxId id();

  /** What holds for it at this moment. */
  NetworkPolicy policy();

  /**
   * Opens addresses to it for a time, counted anew for those that are open. Waits until they are
   * open: a name is answered only after that.
   *
   * @throws io.omnirun.model.OmniRunException if they could not be opened
   */
  void pin(Set<Inet4Address> addresses, Duration time);

  /** What it tried and what became of it. */
  EgressLog egress();
}
