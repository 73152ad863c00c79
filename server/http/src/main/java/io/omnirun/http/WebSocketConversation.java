package io.omnirun.http;

import static java.util.Objects.requireNonNull;

import io.omnirun.model.OmniRunException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One socket from its opening to its end: runs the talk, and asks the client whether it lives. */
final class WebSocketConversation {
  /** Three pings that were not answered. */
  private static final int LOST_AFTER_PINGS = 3;

  /** How long a talk may go on after its end was called for; then the connection is broken. */
  private static final Duration END_PATIENCE = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(WebSocketConversation.class);

  private final WebSocketTalk talk;
  private final OpenStreams openStreams;
  private final Runnable onEnd;
  private final Duration pingInterval;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  /**
   * @param onEnd run once, after the talk is closed
   */
  WebSocketConversation(
      WebSocketTalk talk, OpenStreams openStreams, Duration pingInterval, Runnable onEnd) {
    this.talk = talk;
    this.openStreams = openStreams;
    this.pingInterval = pingInterval;
    this.onEnd = onEnd;
  }

  /** What Jetty calls; public, for it looks up the methods by reflection. */
  Session.Listener listener() {
    return new Listener(this);
  }

  /** Gives up if there is no socket yet: it will not come any more. */
  void abandon() {
    if (begun.compareAndSet(false, true)) {
      end();
    }
  }

  private void begin(WebSocketPeer peer) {
    if (begun.compareAndSet(false, true)) {
      Thread.ofVirtual().name("websocket").start(() -> run(peer));
    } else {
      peer.disconnect();
    }
  }

  private void run(WebSocketPeer peer) {
    Thread pinger = Thread.ofVirtual().name("websocket-ping").start(() -> ping(peer));
    peer.gone().thenRun(() -> breakLater(peer));
    try (OpenStreams.Admission _ = openStreams.admit(peer.end())) {
      talk.talk(peer);
      peer.close(
          peer.gone().isDone() ? WebSocketPeer.GOING_AWAY : WebSocketPeer.OVER, "the talk is over");
    } catch (ClientGoneException e) {
      log.debug("the client of a WebSocket is gone", e);
      peer.disconnect();
    } catch (Exception e) {
      giveUp(peer, e);
    } finally {
      over.complete(null);
      pinger.interrupt();
      end();
    }
  }

  private static void giveUp(WebSocketPeer peer, Exception failure) {
    if (peer.gone().isDone()) {
      log.debug("a WebSocket's talk ended with its client or server", failure);
      peer.close(WebSocketPeer.GOING_AWAY, "the server stops");
    } else if (failure instanceof OmniRunException known) {
      log.info("a WebSocket's talk ended early: {}", known.getMessage(), known);
      peer.close(WebSocketPeer.BROKEN, known.code().slug());
    } else {
      log.warn("a WebSocket's talk failed", failure);
      peer.close(WebSocketPeer.BROKEN, "the connection to the sandbox was lost");
    }
  }

  /** A talk that is stuck in sending to a client that takes nothing ends only with that. */
  private void breakLater(WebSocketPeer peer) {
    over.copy()
        .orTimeout(END_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete(
            (done, late) -> {
              if (late != null) {
                peer.disconnect();
              }
            });
  }

  private void ping(WebSocketPeer peer) {
    try {
      while (peer.silentNanos() < LOST_AFTER_PINGS * pingInterval.toNanos()) {
        Thread.sleep(pingInterval);
        peer.ping();
      }
      peer.disconnect();
    } catch (InterruptedException ended) {
      log.trace("no more pings", ended);
    } catch (ClientGoneException e) {
      log.debug("the client of a WebSocket is gone", e);
    }
  }

  private void end() {
    try {
      talk.close();
    } finally {
      onEnd.run();
    }
  }

  /** Hands on what Jetty tells. Each message must be asked for. */
  public static final class Listener implements Session.Listener {
    private final WebSocketConversation conversation;
    private @Nullable Session session;
    private @Nullable WebSocketPeer peer;

    Listener(WebSocketConversation conversation) {
      this.conversation = conversation;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
      session = opened;
      peer = new WebSocketPeer(opened);
      opened.demand();
      conversation.begin(peer());
    }

    private WebSocketPeer peer() {
      return requireNonNull(peer, "the socket is not open yet");
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
      byte[] bytes = new byte[payload.remaining()];
      payload.get(bytes);
      callback.succeed();
      peer().received(new SocketMessage.Binary(bytes));
    }

    @Override
    public void onWebSocketText(String text) {
      peer().received(new SocketMessage.Text(text));
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
      peer().heard();
      requireNonNull(session).demand();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
      log.debug("a WebSocket failed", cause);
      left();
    }

    @Override
    public void onWebSocketClose(int statusCode, String reason, Callback callback) {
      callback.succeed();
      left();
    }

    private void left() {
      WebSocketPeer known = peer;
      if (known == null) {
        conversation.abandon();
      } else {
        known.left();
      }
    }
  }
}
