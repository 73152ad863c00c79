package io.omnirun.network;

import io.omnirun.model.SandboxId;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts how many of something there are at once, each guest's and everybody's. A guest gets at
 * most half of what others leave free, so that a few do not take all. Used by many threads.
 */
final class Bounds {
  private final int mostOfOne;
  private final int mostOfAll;
  private final Map<SandboxId, Integer> ofOne = new HashMap<>();
  private int ofAll;

  Bounds(int mostOfOne, int mostOfAll) {
    this.mostOfOne = mostOfOne;
    this.mostOfAll = mostOfAll;
  }

  /** One more, if there is room; whoever got it gives it back by {@link #leave}. */
  synchronized boolean enter(SandboxId guest) {
    int count = ofOne.getOrDefault(guest, 0);
    if (ofAll >= mostOfAll || count >= mostOf(count)) {
      return false;
    }
    ofOne.put(guest, count + 1);
    ofAll++;
    return true;
  }

  /** With the last one that is free a guest that has none can still do something. */
  private int mostOf(int count) {
    int leftByOthers = mostOfAll - (ofAll - count);
    return Math.min(mostOfOne, Math.max(1, leftByOthers / 2));
  }

  synchronized void leave(SandboxId guest) {
    ofOne.computeIfPresent(guest, (id, count) -> count == 1 ? null : count - 1);
    ofAll--;
  }
}
