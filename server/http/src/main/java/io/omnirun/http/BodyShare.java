package io.omnirun.http;

/** What one request holds of a {@link BodyMemory}. Used by one thread. */
final class BodyShare {
  private final BodyMemory memory;
  private long heldBytes;

  BodyShare(BodyMemory memory) {
    this.memory = memory;
  }

  /**
   * Takes what is missing to so many bytes.
   *
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED if there is not so much left
   */
  void hold(long bytes) {
    if (bytes > heldBytes) {
      memory.take(bytes - heldBytes);
      heldBytes = bytes;
    }
  }

  /** Gives back what is held beyond so many bytes. */
  void keep(long bytes) {
    if (bytes < heldBytes) {
      memory.giveBack(heldBytes - bytes);
      heldBytes = bytes;
    }
  }

  /** Gives all back. Idempotent. */
  void release() {
    keep(0);
  }
}
