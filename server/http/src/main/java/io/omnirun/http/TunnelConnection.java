package io.omnirun.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a connection over from HTTP and lets threads block on it. */
final class TunnelConnection extends AbstractConnection
    implements Connection.UpgradeTo, ClientTunnel {
  private static final Logger log = LoggerFactory.getLogger(TunnelConnection.class);

  private final Talk talk;
  private final Runnable over;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final OpenStreams openStreams;
  private final Semaphore readable = new Semaphore(0);
  private final Callback onReadable =
      Callback.from(
          org.eclipse.jetty.util.thread.Invocable.InvocationType.NON_BLOCKING,
          readable::release,
          this::failed);
  private volatile @Nullable Throwable failure;
  private ByteBuffer early = BufferUtil.EMPTY_BUFFER;

  /**
   * @param over called once when the talk is over, also if it never began
   */
  TunnelConnection(
      EndPoint endPoint, Executor executor, Talk talk, Runnable over, OpenStreams openStreams) {
    super(endPoint, executor);
    this.talk = talk;
    this.over = over;
    this.openStreams = openStreams;
  }

  /** What the client has sent behind its request. */
  @Override
  public void onUpgradeTo(ByteBuffer rest) {
    if (BufferUtil.hasContent(rest)) {
      early = BufferUtil.copy(rest);
    }
  }

  @Override
  public void onOpen() {
    super.onOpen();
    // Whoever has the tunnel knows how long it may be silent.
    getEndPoint().setIdleTimeout(0);
    if (begun.compareAndSet(false, true)) {
      Thread.ofVirtual().name("tunnel").start(this::run);
    } else {
      close();
    }
  }

  /** Gives up if it has not begun: it will not any more. */
  void abandon() {
    if (begun.compareAndSet(false, true)) {
      over.run();
    }
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    super.onClose(cause);
    abandon();
  }

  private void run() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    end.thenRun(this::close);
    try (OpenStreams.Admission _ = openStreams.admit(end)) {
      talk.run(this);
    } catch (IOException e) {
      log.debug("a tunnel ended early", e);
    } catch (RuntimeException e) {
      log.warn("a tunnel failed", e);
    } finally {
      close();
      over.run();
    }
  }

  @Override
  public boolean onIdleExpired(TimeoutException timeout) {
    return false;
  }

  @Override
  public void onFillable() {
    throw new IllegalStateException("reading has its own callback");
  }

  private void failed(Throwable cause) {
    failure = cause;
    readable.release();
  }

  @Override
  public boolean read(ByteBuffer buffer) throws IOException {
    BufferUtil.clear(buffer);
    if (early.hasRemaining()) {
      BufferUtil.append(buffer, early);
      return true;
    }
    while (true) {
      int count = getEndPoint().fill(buffer);
      if (count != 0) {
        return count > 0;
      }
      fillInterested(onReadable);
      awaitReadable();
    }
  }

  private void awaitReadable() throws IOException {
    try {
      readable.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted in a tunnel");
    }
    Throwable cause = failure;
    if (cause != null) {
      throw new ClientGoneException(cause);
    }
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    try (Blocker.Callback written = Blocker.callback()) {
      getEndPoint().write(written, bytes);
      written.block();
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }

  @Override
  public void endOutput() {
    getEndPoint().shutdownOutput();
  }
}
