package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/**
 * The memory of a server for bodies that are held whole: from before they are read until their
 * requests are over, for what is made of them lives as long. Thread-safe.
 */
final class BodyMemory {
  /**
   * An eighth of the heap of 256 MiB that a server is run with. A body of JSON needs about four
   * times its length while it is parsed: bytes, text, tree.
   */
  static final long LIMIT_BYTES = 32L * 1024 * 1024;

  private long used;

  /**
   * @throws OmniRunException CAPACITY_EXHAUSTED if there is not so much left; nothing is taken then
   */
  synchronized void take(long bytes) {
    if (bytes > LIMIT_BYTES - used) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "the server holds as many request bodies as it can; try again in a moment");
    }
    used += bytes;
  }

  synchronized void giveBack(long bytes) {
    used -= bytes;
  }
}
