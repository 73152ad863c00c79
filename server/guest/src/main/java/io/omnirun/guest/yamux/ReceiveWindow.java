package io.omnirun.guest.yamux;

import java.nio.ByteBuffer;

/**
 * What the guest may send on a stream before somebody reads, and what it has sent. Guarded by its
 * stream's lock.
 */
final class ReceiveWindow {
  /** Both sides begin with so much, by the specification. */
  static final int INITIAL_BYTES = 256 * 1024;

  /**
   * What we let the guest send ahead: the port's rate times its delay, twice. Each stream may hold
   * so much memory.
   */
  static final int BYTES = 1024 * 1024;

  private final ReceiveBuffer buffer;
  private final int grantBytes;
  private int open;
  private int consumed;

  /**
   * @param bytes the guest may send ahead
   */
  ReceiveWindow(int bytes) {
    this.buffer = new ReceiveBuffer(bytes);
    // Room is announced in large steps: a frame for every read would cost more than it brings.
    this.grantBytes = bytes / 2;
    this.open = bytes;
  }

  boolean isEmpty() {
    return buffer.isEmpty();
  }

  /** Counts a frame that the guest has announced. */
  void admit(long length) throws ProtocolViolation {
    if (length > open) {
      throw new ProtocolViolation("more data than the window of a stream allows");
    }
    open -= (int) length;
  }

  /** Takes a part of an admitted frame. */
  void put(ByteBuffer bytes) {
    buffer.put(bytes);
  }

  int get(ByteBuffer target) {
    int moved = buffer.get(target);
    consumed += moved;
    return moved;
  }

  /** By how much the guest is to be told that the window has grown; 0: not yet. */
  int takeGrant() {
    if (consumed < grantBytes) {
      return 0;
    }
    int grant = consumed;
    consumed = 0;
    open += grant;
    return grant;
  }
}
