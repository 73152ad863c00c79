package io.omnirun.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server-sent events: each a line {@code data: } with one JSON document, and an empty line. A
 * comment is sent whenever nothing else was for {@link #PING_INTERVAL}, for clients and proxies cut
 * connections on which nothing moves. Thread-safe; an event is sent whole.
 *
 * <p>Source: HTML Living Standard, 9.2 Server-sent events.
 */
public final class EventStream implements AutoCloseable {
  /** Common clients give up after 300 s without a byte, common proxies after 60. */
  public static final Duration PING_INTERVAL = Duration.ofSeconds(25);

  /** The media type of the answer. */
  public static final String MEDIA_TYPE = "text/event-stream";

  private static final byte[] BEFORE = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BEHIND = "\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final Logger log = LoggerFactory.getLogger(EventStream.class);

  private final Response response;
  private final CompletableFuture<Void> listenerGone;
  private final long pingNanos;
  private final ReentrantLock turn = new ReentrantLock();
  private final Thread pinger = Thread.ofVirtual().name("sse-ping").unstarted(this::ping);
  private long lastSentNanos = System.nanoTime();
  private boolean over;

  private EventStream(
      Response response, Duration pingInterval, CompletableFuture<Void> listenerGone) {
    this.response = response;
    this.listenerGone = listenerGone;
    this.pingNanos = pingInterval.toNanos();
  }

  /**
   * Sends the head of the answer at once, so that the client knows it is heard.
   *
   * @param listenerGone is completed when a ping cannot be sent
   */
  static EventStream begin(
      Response response, Duration pingInterval, CompletableFuture<Void> listenerGone)
      throws ClientGoneException {
    response.setStatus(HttpStatuses.OK);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    // nginx would collect events until its buffer is full.
    response.getHeaders().put("X-Accel-Buffering", "no");
    EventStream events = new EventStream(response, pingInterval, listenerGone);
    events.write(new byte[0]);
    events.pinger.start();
    return events;
  }

  /**
   * Sends one event; blocks while the client takes nothing.
   *
   * @throws ClientGoneException if it cannot be sent
   */
  public void send(JsonWriter event) throws IOException {
    sendAll(List.of(event));
  }

  /** Sends several, one behind the other, in one piece. */
  public void sendAll(List<JsonWriter> events) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (JsonWriter event : events) {
      lines.writeBytes(BEFORE);
      JsonGenerator json = JsonBody.generator(lines);
      event.writeTo(json);
      json.flush();
      lines.writeBytes(BEHIND);
    }
    write(lines.toByteArray());
  }

  private void write(byte[] bytes) throws ClientGoneException {
    turn.lock();
    try {
      Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
      lastSentNanos = System.nanoTime();
    } catch (IOException e) {
      throw new ClientGoneException(e);
    } finally {
      turn.unlock();
    }
  }

  private void ping() {
    try {
      while (true) {
        Thread.sleep(Duration.ofNanos(pingIfDue()));
      }
    } catch (InterruptedException closed) {
      log.trace("no more pings", closed);
    } catch (ClientGoneException e) {
      log.debug("the client of an event stream is gone", e);
      listenerGone.complete(null);
    }
  }

  /** Returns how long there is nothing to do. */
  private long pingIfDue() throws ClientGoneException {
    turn.lock();
    try {
      if (!over && System.nanoTime() - lastSentNanos >= pingNanos) {
        write(PING);
      }
      return Math.max(0, lastSentNanos + pingNanos - System.nanoTime());
    } finally {
      turn.unlock();
    }
  }

  /** Ends the pings; does not end the answer. */
  @Override
  public void close() {
    turn.lock();
    try {
      over = true;
    } finally {
      turn.unlock();
    }
    pinger.interrupt(); // Not in the middle of a write: it sleeps, or finds that all is over.
    try {
      pinger.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the answer properly. To be called when closed. */
  void complete() throws ClientGoneException {
    try {
      Content.Sink.write(response, true, ByteBuffer.allocate(0));
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }
}
