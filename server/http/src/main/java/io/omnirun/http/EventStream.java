package io.omnirun.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;
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

  /** A listener that takes nothing for so long, where nothing else bounds that, is gone. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration NO_END = Duration.ofNanos(Long.MAX_VALUE);

  private static final byte[] BEFORE = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BEHIND = "\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final Logger log = LoggerFactory.getLogger(EventStream.class);

  /**
   * The timer has something to do that often. A stream whose ping were the next thing it has to do
   * would waken its thread, while somebody waits for the stream to begin.
   */
  private static final Duration TIMER_ROUND = Duration.ofSeconds(1);

  /** Only says when it is time: what blocks for a client does so on threads of its own. */
  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private final Response response;
  private final CompletableFuture<Void> listenerGone;
  private final long pingNanos;
  private final long patienceNanos;
  private final ReentrantLock turn = new ReentrantLock();
  private long lastSentNanos = System.nanoTime();
  private boolean begun;
  private boolean calledOff;
  private boolean over;
  private @Nullable Future<?> nextPing;

  private EventStream(
      Response response,
      Duration pingInterval,
      Duration patience,
      CompletableFuture<Void> listenerGone) {
    this.response = response;
    this.listenerGone = listenerGone;
    this.pingNanos = pingInterval.toNanos();
    this.patienceNanos = patience.toNanos();
  }

  /**
   * Sends the head of the answer at once, so that the client knows it is heard.
   *
   * @param listenerGone is completed when a ping cannot be sent
   */
  static EventStream begin(
      Response response, Duration pingInterval, CompletableFuture<Void> listenerGone)
      throws ClientGoneException {
    EventStream events = new EventStream(response, pingInterval, NO_END, listenerGone);
    events.write(new byte[0], 0, 0);
    events.pingIn(pingInterval.toNanos());
    return events;
  }

  /**
   * Sends the head of the answer with the first event, or with a comment that says, after a while,
   * that one is to come.
   *
   * @param patience how long a listener may take nothing
   * @param listenerGone is completed when that cannot be sent, or the patience is over
   */
  static EventStream prepare(
      Response response,
      Duration pingInterval,
      Duration patience,
      CompletableFuture<Void> listenerGone) {
    EventStream events = new EventStream(response, pingInterval, patience, listenerGone);
    events.pingIn(pingInterval.toNanos());
    return events;
  }

  /** Whether nothing was sent, and nothing is from now on: then something else can be answered. */
  public boolean callOff() {
    turn.lock();
    try {
      calledOff = !begun;
      over |= calledOff;
      return calledOff;
    } finally {
      turn.unlock();
    }
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
    byte[] bytes = lines.toByteArray();
    write(bytes, 0, bytes.length);
  }

  /**
   * Sends events that somebody else has written, as they are; blocks while the client takes
   * nothing.
   *
   * @throws ClientGoneException if they cannot be sent
   */
  public void pass(byte[] source, int offset, int length) throws IOException {
    write(source, offset, length);
  }

  private void write(byte[] source, int offset, int length) throws ClientGoneException {
    turn.lock();
    try {
      beginIfNew();
      Content.Sink.write(response, false, ByteBuffer.wrap(source, offset, length));
      lastSentNanos = System.nanoTime();
    } catch (IOException e) {
      throw new ClientGoneException(e);
    } finally {
      turn.unlock();
    }
  }

  private void beginIfNew() {
    if (!begun) {
      begun = true;
      response.setStatus(HttpStatuses.OK);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      // nginx would collect events until its buffer is full.
      response.getHeaders().put("X-Accel-Buffering", "no");
    }
  }

  private static ScheduledThreadPoolExecutor timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("sse-pings").factory());
    // Most streams are over long before they would be pinged.
    timer.setRemoveOnCancelPolicy(true);
    timer.scheduleWithFixedDelay(() -> {}, 0, TIMER_ROUND.toMillis(), TimeUnit.MILLISECONDS);
    return timer;
  }

  private void pingIn(long nanos) {
    turn.lock();
    try {
      if (!over) {
        nextPing =
            TIMER.schedule(
                () -> Thread.startVirtualThread(this::ping), nanos, TimeUnit.NANOSECONDS);
      }
    } finally {
      turn.unlock();
    }
  }

  private void ping() {
    try {
      pingIn(pingIfDue());
    } catch (InterruptedException nobodyDoesThat) {
      Thread.currentThread().interrupt();
    } catch (ClientGoneException e) {
      log.debug("the client of an event stream is gone", e);
      listenerGone.complete(null);
    }
  }

  /** Returns how long there is nothing to do. */
  private long pingIfDue() throws ClientGoneException, InterruptedException {
    if (!turn.tryLock(patienceNanos, TimeUnit.NANOSECONDS)) {
      throw new ClientGoneException(new IOException("it takes nothing of its events"));
    }
    try {
      if (!over && System.nanoTime() - lastSentNanos >= pingNanos) {
        write(PING, 0, PING.length);
      }
      return Math.max(0, lastSentNanos + pingNanos - System.nanoTime());
    } finally {
      turn.unlock();
    }
  }

  /** Ends the pings, one that is being sent, too; does not end the answer. */
  @Override
  public void close() {
    turn.lock();
    try {
      over = true;
      if (nextPing != null) {
        nextPing.cancel(false);
      }
    } finally {
      turn.unlock();
    }
  }

  /** Does something that makes sense only while nothing was sent: to set headers, say. */
  public void beforeFirst(Runnable action) {
    turn.lock();
    try {
      if (!begun) {
        action.run();
      }
    } finally {
      turn.unlock();
    }
  }

  /** Whether something else is answered. To be called when closed. */
  boolean isCalledOff() {
    return calledOff;
  }

  /** Ends the answer properly, unless it was called off. To be called when closed. */
  void complete() throws ClientGoneException {
    if (calledOff) {
      return;
    }
    try {
      beginIfNew();
      Content.Sink.write(response, true, ByteBuffer.allocate(0));
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }
}
