package io.omnirun.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a client hangs up while its request is being worked on. All that HTTP/1.1 has for
 * that is the end of the connection, which only a reader sees, and Jetty does not read between the
 * end of a request and that of its answer. So this reads in its place, a byte at most: one that
 * comes begins the next request and is handed to Jetty. Begun and closed by the thread that works.
 */
final class ClientWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClientWatch.class);

  /** Why the waiting for bytes ends with each request: no failure, so nobody asks where it was. */
  private static final class Unwatched extends IOException {
    Unwatched() {
      super("the client is watched no more");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  private final HttpConnection connection;
  private final AbstractEndPoint endPoint;
  private final Callback readable = Callback.from(this::onReadable, this::onFailure);
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private boolean over;
  private volatile boolean blind;

  private ClientWatch(HttpConnection connection, AbstractEndPoint endPoint) {
    this.connection = connection;
    this.endPoint = endPoint;
  }

  /**
   * Begins to watch, unless the client has sent more than this request already, or its body was not
   * read to the end: then nothing is ever noticed.
   */
  static ClientWatch begin(Request request) {
    // Jetty calls the class internal; its published interfaces cannot ask whether bytes are
    // waiting.
    HttpConnection connection = (HttpConnection) request.getConnectionMetaData().getConnection();
    ClientWatch watch = new ClientWatch(connection, own(connection.getEndPoint()));
    if (connection.getParser().isComplete() && connection.isRequestBufferEmpty()) {
      watch.awaitByte();
    } else {
      watch.blind = true;
    }
    return watch;
  }

  /** What reads and writes, under what tells who is at the other end. */
  private static AbstractEndPoint own(EndPoint endPoint) {
    return endPoint instanceof EndPoint.Wrapper wrapper
        ? own(wrapper.unwrap())
        : (AbstractEndPoint) endPoint;
  }

  /** Completes when the client has hung up; completed by somebody else it counts as the same. */
  CompletableFuture<Void> gone() {
    return gone;
  }

  /** Whether nothing is noticed any more: there are bytes that are Jetty's to read. */
  boolean isBlind() {
    return blind;
  }

  /** Breaks the connection once the client counts as gone: whoever is stuck in writing fails. */
  void breakWhenGone() {
    gone.thenRun(endPoint::close);
  }

  private void awaitByte() {
    endPoint.tryFillInterested(readable);
  }

  /**
   * Does the work.
   *
   * @throws ClientGoneException if the client hung up before it was done, however it ended
   */
  <T> T during(ClientWork<T> work) throws IOException {
    T outcome;
    try {
      outcome = work.run(gone.copy());
    } catch (IOException | RuntimeException e) {
      requireClient(e);
      throw e;
    }
    if (gone.isDone()) {
      throw new ClientGoneException(new IOException("it hung up before its answer"));
    }
    return outcome;
  }

  private void requireClient(Exception cause) throws ClientGoneException {
    if (gone.isDone()) {
      throw new ClientGoneException(cause);
    }
  }

  private void onReadable() {
    if (hasEnded()) {
      gone.complete(null);
    }
  }

  private synchronized boolean hasEnded() {
    if (over) {
      // What has come is left to Jetty, which reads the connection again.
      return false;
    }
    ByteBuffer next = BufferUtil.allocate(1);
    int count = fill(next);
    if (count == 0) {
      awaitByte();
    } else if (count > 0) {
      blind = true;
      connection.onUpgradeTo(next);
    }
    return count < 0;
  }

  private int fill(ByteBuffer next) {
    try {
      return endPoint.fill(next);
    } catch (IOException e) {
      log.debug("the connection broke while its request was being worked on", e);
      return -1;
    }
  }

  private void onFailure(Throwable cause) {
    if (!isOver()) {
      gone.complete(null);
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  /** Gives the connection back to Jetty, or closes it if the client is gone. */
  @Override
  public void close() {
    synchronized (this) {
      over = true;
    }
    endPoint.getFillInterest().onFail(new Unwatched());
    if (gone.isDone()) {
      endPoint.close();
    }
  }
}
