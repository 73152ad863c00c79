package io.omnirun.guest.interpreter;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of a node for what interpreters send, from its first byte until whoever asked for it
 * has it. A message for which there is none is left out: nothing waits for memory that a client who
 * does not read may hold. Thread-safe; does not block.
 */
public final class MessageMemory {
  /** A quarter of the heap of 256 MiB that a server is run with. */
  private static final long NODE_BYTES = 64L * 1024 * 1024;

  private final AtomicLong free;

  MessageMemory(long bytes) {
    this.free = new AtomicLong(bytes);
  }

  /** What a node has. */
  public static MessageMemory ofNode() {
    return new MessageMemory(NODE_BYTES);
  }

  /** Takes so many bytes, if there are as many; the caller gives them back. */
  public boolean tryTake(long bytes) {
    if (free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  /** Gives back what was taken. */
  public void giveBack(long bytes) {
    free.addAndGet(bytes);
  }

  /** As many bytes as nobody has taken. */
  long free() {
    return free.get();
  }
}
