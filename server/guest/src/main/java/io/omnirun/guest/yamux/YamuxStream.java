package io.omnirun.guest.yamux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a session: bytes both ways, each way closed by itself, with the flow control of
 * yamux. One thread may read while another writes. Calls block.
 */
public final class YamuxStream implements Closeable {
  /** Both sides begin with so much, by the specification. */
  static final int INITIAL_WINDOW_BYTES = 256 * 1024;

  /**
   * What we let the guest send ahead: the port's rate times its delay, twice. Each stream may hold
   * so much memory.
   */
  static final int RECEIVE_WINDOW_BYTES = 1024 * 1024;

  /**
   * More than any peer of ours grants; a window beyond it is a violation, or counts would overflow.
   */
  private static final long MAX_SEND_WINDOW_BYTES = 1L << 30;

  private final YamuxSession session;
  private final int id;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ReceiveBuffer received = new ReceiveBuffer(RECEIVE_WINDOW_BYTES);
  private int receiveWindow = RECEIVE_WINDOW_BYTES;
  private int consumed;
  private long sendWindow = INITIAL_WINDOW_BYTES;
  private boolean remoteClosed;
  private boolean localClosed;
  private @Nullable IOException failure;

  YamuxStream(YamuxSession session, int id) {
    this.session = session;
    this.id = id;
  }

  int id() {
    return id;
  }

  /**
   * Moves what has come into {@code target}, blocking for at least one byte.
   *
   * @return how many, or -1 when the guest has closed its way and all is read
   */
  public int read(ByteBuffer target) throws IOException {
    int grant;
    int moved;
    lock.lock();
    try {
      while (received.count() == 0 && !remoteClosed && failure == null) {
        changed.await();
      }
      moved = received.get(target);
      if (moved == 0) {
        throwFailure();
        return -1;
      }
      grant = takeGrant(moved);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading from the guest", e);
    } finally {
      lock.unlock();
    }
    if (grant > 0) {
      session.send(Frame.windowUpdate(id, 0, grant));
    }
    return moved;
  }

  /**
   * Tells the guest of free room in large steps: a frame for every read would cost more than it
   * brings.
   */
  private int takeGrant(int moved) {
    consumed += moved;
    if (consumed < RECEIVE_WINDOW_BYTES / 2 || remoteClosed) {
      return 0;
    }
    int grant = consumed;
    consumed = 0;
    receiveWindow += grant;
    return grant;
  }

  /** Sends all of {@code source}; blocks while the guest's window or the wire is full. */
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      int count = awaitWindow(Math.min(source.remaining(), session.maxDataBytes()));
      ByteBuffer part = source.slice(source.position(), count);
      source.position(source.position() + count);
      session.sendData(id, part);
    }
  }

  private int awaitWindow(int wanted) throws IOException {
    lock.lock();
    try {
      while (sendWindow == 0 && failure == null && !localClosed) {
        changed.await();
      }
      throwFailure();
      if (localClosed) {
        throw new IOException("the stream is closed for writing");
      }
      int count = (int) Math.min(wanted, sendWindow);
      sendWindow -= count;
      return count;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while writing to the guest", e);
    } finally {
      lock.unlock();
    }
  }

  private void throwFailure() throws IOException {
    if (failure != null) {
      throw new IOException("the stream to the guest was lost", failure);
    }
  }

  /** Says that nothing more is sent; reading goes on. Idempotent. */
  public void closeWrite() throws IOException {
    lock.lock();
    try {
      if (localClosed || failure != null) {
        return;
      }
      localClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    session.send(Frame.windowUpdate(id, Frame.FIN, 0));
    session.forgetIfOver(this);
  }

  /**
   * Ends both ways at once; what is under way is lost unless both were closed already. Idempotent.
   */
  @Override
  public void close() throws IOException {
    if (!isOver()) {
      fail(new IOException("the stream was closed"));
      session.send(Frame.windowUpdate(id, Frame.RST, 0));
    }
    session.forget(this);
  }

  boolean isOver() {
    lock.lock();
    try {
      return (localClosed && remoteClosed) || failure != null;
    } finally {
      lock.unlock();
    }
  }

  /** The guest sent bytes: part of a frame whose whole length was admitted. */
  void receive(ByteBuffer bytes) {
    lock.lock();
    try {
      if (failure == null) {
        received.put(bytes);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The guest announced a data frame. */
  void admit(long length) throws ProtocolViolation {
    lock.lock();
    try {
      if (length > receiveWindow || (length > 0 && remoteClosed)) {
        throw new ProtocolViolation("more data than the window of a stream allows");
      }
      receiveWindow -= (int) length;
    } finally {
      lock.unlock();
    }
  }

  void grow(long delta) throws ProtocolViolation {
    lock.lock();
    try {
      if (sendWindow + delta > MAX_SEND_WINDOW_BYTES) {
        throw new ProtocolViolation("a window of more than " + MAX_SEND_WINDOW_BYTES + " bytes");
      }
      sendWindow += delta;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void remoteClose() {
    lock.lock();
    try {
      remoteClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void fail(IOException cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
