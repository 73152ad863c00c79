package io.omnirun.network;

import io.omnirun.network.EgressEvent.Kind;
import io.omnirun.network.EgressEvent.Outcome;
import java.time.Duration;

/** Is told how the proxy decides. Called by many threads; must not wait. */
@FunctionalInterface
public interface ProxyMeter {
  /** For who wants to know nothing. */
  ProxyMeter NONE = (kind, outcome, time) -> {};

  /**
   * A connection goes on to a server, or not.
   *
   * @param time from the last byte of its opening until that was known, with a question to a name
   *     server if the name was not known
   */
  void decided(Kind kind, Outcome outcome, Duration time);
}
