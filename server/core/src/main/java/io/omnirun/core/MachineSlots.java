package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.concurrent.atomic.AtomicInteger;

/** How many more sandboxes this node takes. Thread-safe. */
final class MachineSlots {
  private final int maximum;
  private final AtomicInteger taken = new AtomicInteger();

  MachineSlots(int maximum) {
    this.maximum = maximum;
  }

  /**
   * @throws OmniRunException CAPACITY_EXHAUSTED if the node is full
   */
  void take() {
    int before = taken.getAndUpdate(count -> count < maximum ? count + 1 : count);
    if (before >= maximum) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "this server runs as many sandboxes as it can; try again when one has ended");
    }
  }

  /** For a machine that runs already: it counts, whatever the limit says. */
  void takeAnyway() {
    taken.incrementAndGet();
  }

  void release() {
    taken.decrementAndGet();
  }
}
