package io.omnirun.guest.yamux;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a session: bytes both ways, each way closed by itself, with the flow control of
 * yamux. One thread may read while another writes. Calls block unless they say that they do not.
 */
public final class YamuxStream implements Closeable {
  /** More than any agent of ours grants; without a bound the count could overflow. */
  private static final long MAX_SEND_WINDOW_BYTES = 1L << 30;

  private static final Runnable NO_TASK = () -> {};

  private final YamuxSession session;
  private final FrameWriter writer;
  private final int id;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ReceiveWindow received;
  private long sendWindow = ReceiveWindow.INITIAL_BYTES;
  private boolean remoteClosed;
  private boolean localClosed;
  private @Nullable IOException failure;
  private Runnable onReadable = NO_TASK;

  YamuxStream(YamuxSession session, FrameWriter writer, int id, ReceiveWindow received) {
    this.session = session;
    this.writer = writer;
    this.id = id;
    this.received = received;
  }

  int id() {
    return id;
  }

  /** Tells the guest that a stream that it has opened is taken; blocks while the wire is full. */
  public void acknowledge() throws IOException {
    writer.send(Frame.windowUpdate(id, Frame.ACK, 0));
  }

  /**
   * Moves what has come into {@code target}, blocking for at least one byte.
   *
   * @return how many, or -1 when the guest has closed its way and all is read
   * @throws IOException when the stream is lost and all that came before is read
   */
  public int read(ByteBuffer target) throws IOException {
    return read(target, Optional.empty());
  }

  /**
   * The same, but waits no longer than that.
   *
   * @throws SocketTimeoutException if nothing has come in time
   */
  public int read(ByteBuffer target, Duration patience) throws IOException {
    return read(target, Optional.of(patience));
  }

  private int read(ByteBuffer target, Optional<Duration> patience) throws IOException {
    int moved;
    int grant;
    lock.lock();
    try {
      awaitInput(patience);
      moved = received.get(target);
      if (moved == 0) {
        return atEnd();
      }
      grant = remoteClosed ? 0 : received.takeGrant();
    } finally {
      lock.unlock();
    }
    if (grant > 0) {
      writer.send(Frame.windowUpdate(id, 0, grant));
    }
    return moved;
  }

  /**
   * Moves what has come into {@code target} without waiting for anything.
   *
   * @return as {@link #read(ByteBuffer)}, or 0 if nothing has come
   */
  public int poll(ByteBuffer target) throws IOException {
    int moved;
    int grant;
    lock.lock();
    try {
      moved = received.get(target);
      if (moved == 0) {
        return received.isEmpty() && isReadable() ? atEnd() : 0;
      }
      grant = remoteClosed ? 0 : received.takeGrant();
    } finally {
      lock.unlock();
    }
    if (grant > 0) {
      writer.owe(Frame.windowUpdate(id, 0, grant));
    }
    return moved;
  }

  /**
   * Runs a task once, as soon as a poll would not return 0: at once in this thread, or in another
   * one, which it must not keep. The latest task counts.
   */
  public void whenReadable(Runnable task) {
    lock.lock();
    try {
      if (!isReadable()) {
        onReadable = task;
        return;
      }
    } finally {
      lock.unlock();
    }
    task.run();
  }

  private boolean isReadable() {
    return !received.isEmpty() || remoteClosed || failure != null;
  }

  /** Wakes who waits here; the task that is returned is to be run without the lock. */
  private Runnable wake() {
    changed.signalAll();
    if (!isReadable()) {
      return NO_TASK;
    }
    Runnable task = onReadable;
    onReadable = NO_TASK;
    return task;
  }

  private void awaitInput(Optional<Duration> patience) throws IOException {
    long left = patience.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    while (!isReadable()) {
      if (left <= 0) {
        throw new SocketTimeoutException("nothing came from the guest in time");
      }
      left = awaitChange(left);
    }
  }

  private int atEnd() throws IOException {
    if (!remoteClosed) {
      throwFailure();
    }
    return -1;
  }

  /** Sends all of {@code source}; blocks while the guest's window or the wire is full. */
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      int count = takeWindow(Math.min(source.remaining(), writer.maxDataBytes()));
      ByteBuffer part = source.slice(source.position(), count);
      source.position(source.position() + count);
      writer.sendData(id, part);
    }
  }

  private int takeWindow(int wanted) throws IOException {
    lock.lock();
    try {
      while (sendWindow == 0 && failure == null && !localClosed) {
        awaitChange(Long.MAX_VALUE);
      }
      throwFailure();
      if (localClosed) {
        throw new IOException("the stream is closed for writing");
      }
      int count = (int) Math.min(wanted, sendWindow);
      sendWindow -= count;
      return count;
    } finally {
      lock.unlock();
    }
  }

  private long awaitChange(long nanos) throws IOException {
    try {
      return changed.awaitNanos(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
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
    writer.send(Frame.windowUpdate(id, Frame.FIN, 0));
    if (isOver()) {
      session.forget(this);
    }
  }

  /**
   * Ends both ways at once; what is under way is lost unless both were closed already. Idempotent.
   */
  @Override
  public void close() throws IOException {
    boolean early = !isOver();
    fail(new IOException("the stream was closed"));
    session.forget(this);
    if (early) {
      writer.send(Frame.windowUpdate(id, Frame.RST, 0));
    }
  }

  private boolean isOver() {
    lock.lock();
    try {
      return (localClosed && remoteClosed) || failure != null;
    } finally {
      lock.unlock();
    }
  }

  /** The guest announced a data frame of {@code length} bytes. */
  void admit(long length) throws ProtocolViolation {
    lock.lock();
    try {
      if (length > 0 && remoteClosed) {
        throw new ProtocolViolation("data after the end of a stream");
      }
      received.admit(length);
    } finally {
      lock.unlock();
    }
  }

  /** The guest sent bytes: part of a frame whose whole length was admitted. */
  void receive(ByteBuffer bytes) {
    Runnable task;
    lock.lock();
    try {
      if (failure == null) {
        received.put(bytes);
      }
      task = wake();
    } finally {
      lock.unlock();
    }
    task.run();
  }

  /** The guest takes {@code delta} bytes more. */
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

  /** The guest sends nothing more. */
  void remoteClose() {
    Runnable task;
    lock.lock();
    try {
      remoteClosed = true;
      task = wake();
    } finally {
      lock.unlock();
    }
    task.run();
    if (isOver()) {
      session.forget(this);
    }
  }

  /** Ends both ways; the first cause counts. Idempotent. */
  void fail(IOException cause) {
    Runnable task;
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      task = wake();
    } finally {
      lock.unlock();
    }
    task.run();
  }
}
