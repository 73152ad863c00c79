package io.omnirun.gateway;

import io.omnirun.http.ClientGoneException;
import io.omnirun.http.RawExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a request's body while its answer is awaited, on a thread of its own. When the guest's
 * server takes no more, the rest is thrown away, for a browser that still sends does not read.
 */
final class BodySending {
  private static final Logger log = LoggerFactory.getLogger(BodySending.class);

  /** Some servers never say that they want a body: then it is sent as if they had (RFC 9110). */
  private static final Duration CONTINUE_PATIENCE = Duration.ofSeconds(1);

  /** How much, and for how long, is read of a body that nobody wants. */
  private static final long MAX_DISCARDED_BYTES = 16L * 1024 * 1024;

  private static final Duration DISCARD_PATIENCE = Duration.ofSeconds(5);

  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final RawExchange exchange;
  private final GuestConnection connection;
  private final Runnable moved;
  private final Runnable clientGone;
  private final Runnable sent;
  private final CompletableFuture<Boolean> wanted = new CompletableFuture<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private final boolean chunked;
  private volatile boolean discarding;
  private long discardedBytes;

  /**
   * @param moved called for each part
   * @param clientGone called if the client hangs up before its body has ended
   * @param sent called when the body is sent
   */
  BodySending(
      RawExchange exchange,
      GuestConnection connection,
      Runnable moved,
      Runnable clientGone,
      Runnable sent) {
    this.exchange = exchange;
    this.connection = connection;
    this.moved = moved;
    this.clientGone = clientGone;
    this.sent = sent;
    this.chunked = exchange.bodyLength() == RawExchange.UNKNOWN_LENGTH;
    if (exchange.header("Expect").isEmpty()) {
      wanted.complete(true);
    }
  }

  void start() {
    Thread.ofVirtual().name("preview-body").start(this::run);
  }

  /** The server has said that it wants the body. */
  void want() {
    wanted.complete(true);
  }

  private void run() {
    boolean whole = false;
    try {
      whole = isWanted() && exchange.readBody(this::send) && endBody();
    } catch (ClientGoneException e) {
      log.debug("a client hung up within its body", e);
      clientGone.run();
    } catch (IOException | InterruptedException e) {
      log.debug("a body was not sent to its end", e);
    } catch (RuntimeException e) {
      log.warn("sending a body failed", e);
      clientGone.run();
    } finally {
      over.complete(null);
    }
    if (whole) {
      sent.run();
    }
  }

  private boolean isWanted() throws InterruptedException {
    try {
      return wanted.get(CONTINUE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      log.trace("a body is sent unasked", silent);
      return true;
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing fails it", e);
    }
  }

  private void send(ByteBuffer piece) throws IOException {
    moved.run();
    if (discarding) {
      discard(piece);
      return;
    }
    try {
      if (chunked) {
        connection.write(chunk(piece));
      } else {
        connection.write(piece);
      }
      moved.run();
    } catch (IOException e) {
      // It may have answered already: a refusal is sent without having read all.
      log.debug("a guest's server takes no more of a body", e);
      discarding = true;
      discard(piece);
    }
  }

  private static ByteBuffer[] chunk(ByteBuffer piece) {
    byte[] size =
        (Integer.toHexString(piece.remaining()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    return new ByteBuffer[] {ByteBuffer.wrap(size), piece, ByteBuffer.wrap(LINE_END)};
  }

  private void discard(ByteBuffer piece) throws IOException {
    discardedBytes += piece.remaining();
    piece.position(piece.limit());
    if (discardedBytes > MAX_DISCARDED_BYTES) {
      throw new IOException("too much comes that nobody wants");
    }
  }

  private boolean endBody() throws IOException {
    if (!discarding && chunked) {
      connection.write(ByteBuffer.wrap(LAST_CHUNK));
    }
    return !discarding;
  }

  /**
   * The answer is there. If the body was not sent before it, the connection is closed, and what is
   * left of the body thrown away, within bounds; then nobody reads it any more.
   */
  void finish() throws InterruptedException {
    wanted.complete(false);
    if (!over.isDone()) {
      discarding = true;
      connection.close();
    }
    try {
      over.get(DISCARD_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.debug("a client does not stop sending", e);
      exchange.stopBody();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing fails it", e);
    }
  }
}
