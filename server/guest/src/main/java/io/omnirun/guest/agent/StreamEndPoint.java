package io.omnirun.guest.agent;

import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of a guest's session, as the client's end of a connection. Nothing that the client calls
 * here waits for the guest: what it writes is copied, up to a bound, and sent by a thread of its
 * own that lives as long as there is something. Thread-safe.
 */
final class StreamEndPoint extends AbstractEndPoint {
  private static final Logger log = LoggerFactory.getLogger(StreamEndPoint.class);

  /** The client writes pieces of half of it: one is made while the other is sent. */
  static final int OUTBOX_BYTES = 2 * GuestHttp.IO_BUFFER_BYTES;

  private final YamuxStream stream;
  private final Executor threads;
  private final SocketAddress address;

  /** Guards all that follows. */
  private final Object lock = new Object();

  private final Deque<ByteBuffer> outbox = new ArrayDeque<>();
  private int outboxBytes;
  private boolean isSending;
  private @Nullable IOException failure;

  /**
   * Takes over a stream and closes it with itself.
   *
   * @param threads for what may block; each task has one of its own
   * @param address of the socket that stands for the guest
   */
  StreamEndPoint(YamuxStream stream, Scheduler scheduler, Executor threads, SocketAddress address) {
    super(scheduler);
    this.stream = stream;
    this.threads = threads;
    this.address = address;
  }

  @Override
  public Object getTransport() {
    return stream;
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return address;
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return address;
  }

  @Override
  protected void needsFillInterest() {
    stream.whenReadable(() -> threads.execute(() -> getFillInterest().fillable()));
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    if (isInputShutdown()) {
      return -1;
    }
    int start = BufferUtil.flipToFill(buffer);
    int filled;
    try {
      filled = stream.poll(buffer);
    } finally {
      BufferUtil.flipToFlush(buffer, start);
    }
    if (filled > 0) {
      notIdle();
    } else if (filled < 0) {
      shutdownInput();
    }
    return filled;
  }

  @Override
  public boolean flush(ByteBuffer... buffers) throws IOException {
    synchronized (lock) {
      if (failure != null) {
        throw new IOException("the stream to the guest was lost", failure);
      }
      ByteBuffer copy = copied(buffers);
      if (copy.hasRemaining()) {
        outbox.add(copy);
        outboxBytes += copy.remaining();
        notIdle();
        send();
      }
    }
    return BufferUtil.isEmpty(buffers);
  }

  /**
   * As much as there is room for, in one piece: each that is sent wakes the guest, and costs an
   * emulated one a millisecond.
   */
  private ByteBuffer copied(ByteBuffer... buffers) {
    int room = OUTBOX_BYTES - outboxBytes;
    ByteBuffer copy = ByteBuffer.allocate((int) Math.min(BufferUtil.remaining(buffers), room));
    for (ByteBuffer buffer : buffers) {
      BufferUtil.put(buffer, copy);
    }
    return copy.flip();
  }

  private void send() {
    if (!isSending) {
      isSending = true;
      threads.execute(this::sendAll);
    }
  }

  private void sendAll() {
    try {
      for (ByteBuffer next = next(); next != null; next = next()) {
        int count = next.remaining();
        stream.write(next);
        sent(count);
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private @Nullable ByteBuffer next() {
    synchronized (lock) {
      ByteBuffer next = outbox.poll();
      isSending = next != null;
      return next;
    }
  }

  private void sent(int count) {
    synchronized (lock) {
      outboxBytes -= count;
    }
    notIdle();
    goOnWriting();
  }

  /** What was sent before the client came to wait has told nobody. */
  @Override
  protected void onIncompleteFlush() {
    boolean isFull;
    synchronized (lock) {
      isFull = outboxBytes == OUTBOX_BYTES && failure == null;
    }
    if (!isFull) {
      goOnWriting();
    }
  }

  /** In a thread of its own: the client's callback may wait for more of what is to be written. */
  private void goOnWriting() {
    if (getWriteFlusher().isPending()) {
      threads.execute(getWriteFlusher()::completeWrite);
    }
  }

  private void failed(IOException cause) {
    synchronized (lock) {
      failure = cause;
      outbox.clear();
    }
    getWriteFlusher().onFail(cause);
  }

  @Override
  protected void doClose() {
    super.doClose();
    threads.execute(this::closeStream);
  }

  /** In a thread of its own: a guest may take nothing of what it is told, not even that. */
  private void closeStream() {
    try {
      stream.close();
    } catch (IOException e) {
      log.debug("a stream to a guest was not closed cleanly", e);
    }
  }
}
