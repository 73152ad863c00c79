package io.omnirun.guest;

import io.omnirun.guest.yamux.YamuxSession;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The bridges of one guest whose client sends no more: perhaps it reads on, perhaps it is gone,
 * which a socket does not tell. So many may wait for the guest's end, and the one that has waited
 * longest makes room: whoever opens and closes does not use the streams up. Thread-safe.
 */
final class HalfClosedBridges {
  /** The other half is left to clients that still send. */
  static final int MAX = YamuxSession.MAX_STREAMS / 2;

  private final Set<ClientBridge> longestFirst = new LinkedHashSet<>();

  /** Takes one in; another may be broken for it. */
  void add(ClientBridge bridge) {
    addOne(bridge)
        .ifPresent(one -> one.closeBoth(new IOException("too many clients have hung up")));
  }

  private synchronized Optional<ClientBridge> addOne(ClientBridge bridge) {
    longestFirst.add(bridge);
    if (longestFirst.size() <= MAX) {
      return Optional.empty();
    }
    Iterator<ClientBridge> bridges = longestFirst.iterator();
    Optional<ClientBridge> longest = Optional.of(bridges.next());
    bridges.remove();
    return longest;
  }

  /** Forgets one that is over. */
  synchronized void remove(ClientBridge bridge) {
    longestFirst.remove(bridge);
  }
}
