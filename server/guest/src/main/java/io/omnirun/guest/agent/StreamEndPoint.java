package io.omnirun.guest.agent;

import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EofException;
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

  private static final int PIECE_BYTES = GuestHttp.IO_BUFFER_BYTES;

  /** One piece is made while the other is sent. */
  private static final int OUTBOX_BYTES = 2 * PIECE_BYTES;

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
  public int fill(ByteBuffer buffer) {
    if (isInputShutdown()) {
      return -1;
    }
    int filled = poll(buffer);
    if (filled > 0) {
      notIdle();
    } else if (filled < 0) {
      shutdownInput();
    }
    return filled;
  }

  /** A lost stream has ended, as a lost socket has: an idle client only closes at an end. */
  private int poll(ByteBuffer buffer) {
    int start = BufferUtil.flipToFill(buffer);
    try {
      return stream.poll(buffer);
    } catch (IOException e) {
      log.debug("a stream to a guest was lost", e);
      return -1;
    } finally {
      BufferUtil.flipToFlush(buffer, start);
    }
  }

  @Override
  public boolean flush(ByteBuffer... buffers) throws IOException {
    if (isOutputShutdown()) {
      throw new EofException("the stream to the guest was closed");
    }
    synchronized (lock) {
      if (failure != null) {
        throw new IOException("the stream to the guest was lost", failure);
      }
      for (ByteBuffer copy = copied(buffers); copy.hasRemaining(); copy = copied(buffers)) {
        outbox.add(copy);
        outboxBytes += copy.remaining();
        notIdle();
        send();
      }
    }
    return BufferUtil.isEmpty(buffers);
  }

  /**
   * As much as there is room for and a piece may have. Small buffers share one: each piece that is
   * sent wakes the guest, and costs an emulated one a millisecond.
   */
  private ByteBuffer copied(ByteBuffer... buffers) {
    int room = Math.min(PIECE_BYTES, OUTBOX_BYTES - outboxBytes);
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
    } catch (RuntimeException | Error e) {
      failed(new IOException("the sender of a guest's stream broke", e));
      throw e;
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
