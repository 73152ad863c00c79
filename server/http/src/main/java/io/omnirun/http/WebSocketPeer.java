package io.omnirun.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/**
 * The client at the other end of a WebSocket. One thread may receive while others send; each
 * message is sent whole. No more than one message is taken from the client ahead of time.
 */
public final class WebSocketPeer {
  /** Closes a socket whose talk is over. RFC 6455, 7.4.1. */
  static final int OVER = 1000;

  /** The server stops. */
  static final int GOING_AWAY = 1001;

  /** The server or the guest failed. */
  static final int BROKEN = 1011;

  private final Session session;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private final BlockingQueue<Optional<SocketMessage>> received = new LinkedBlockingQueue<>();
  private final ReentrantLock turn = new ReentrantLock();
  private volatile long lastHeardNanos = System.nanoTime();
  private volatile boolean listening = true;

  WebSocketPeer(Session session) {
    this.session = session;
  }

  /** Completes when the client has left or the server stops: the talk should end soon then. */
  public CompletableFuture<?> gone() {
    return gone.copy();
  }

  CompletableFuture<Void> end() {
    return gone;
  }

  /**
   * Sends bytes; blocks while the client takes nothing.
   *
   * @throws ClientGoneException if they cannot be sent
   */
  public void send(ByteBuffer bytes) throws ClientGoneException {
    deliver(callback -> session.sendBinary(bytes, callback));
  }

  /** Sends a JSON value as text. */
  public void send(JsonWriter writer) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    JsonGenerator json = JsonBody.generator(text);
    writer.writeTo(json);
    json.flush();
    deliver(callback -> session.sendText(text.toString(StandardCharsets.UTF_8), callback));
  }

  void ping() throws ClientGoneException {
    deliver(callback -> session.sendPing(ByteBuffer.allocate(0), callback));
  }

  /** Something of Jetty's that takes a callback. */
  private interface Sending {
    void with(Callback callback);
  }

  private void deliver(Sending sending) throws ClientGoneException {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    turn.lock();
    try {
      sending.with(Callback.from(() -> sent.complete(null), sent::completeExceptionally));
      sent.get();
    } catch (ExecutionException e) {
      throw new ClientGoneException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClientGoneException(e);
    } finally {
      turn.unlock();
    }
  }

  /** The next message, blocking for it; empty when the client has gone. One thread receives. */
  public Optional<SocketMessage> receive() {
    if (!listening) {
      listening = true;
      session.demand();
    }
    try {
      Optional<SocketMessage> next = received.take();
      if (next.isEmpty()) {
        received.add(next);
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  void heard() {
    lastHeardNanos = System.nanoTime();
  }

  void received(SocketMessage message) {
    heard();
    listening = false;
    received.add(Optional.of(message));
  }

  void left() {
    gone.complete(null);
    received.add(Optional.empty());
  }

  /** For how long it has said nothing though it was listened to. */
  long silentNanos() {
    return listening ? System.nanoTime() - lastHeardNanos : 0;
  }

  void close(int code, String reason) {
    session.close(code, reason, Callback.from(() -> {}, failure -> session.disconnect()));
  }

  /** Breaks the connection, and with it whatever is being sent. */
  void disconnect() {
    session.disconnect();
  }
}
