package io.omnirun.testkit.llm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Where an answer is written to, well or badly. Every method fails with an {@link IOException} when
 * the client has left. Used by the connection's thread.
 */
public final class AnswerOutput {
  private static final AtomicLong LAST_NUMBER = new AtomicLong();
  private static final byte[] LINE_END = {'\r', '\n'};

  private final Socket socket;
  private final RequestReader reader;
  private final OutputStream output;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private boolean hungUp;

  /** When the last gap was to end. */
  private long beatNanos = System.nanoTime();

  AnswerOutput(Socket socket, RequestReader reader) throws IOException {
    this.socket = socket;
    this.reader = reader;
    this.output = socket.getOutputStream();
  }

  /** A whole answer. */
  public void json(int status, byte[] body, String... headers) throws IOException {
    promise(status, "application/json", body.length, headers);
    raw(body);
  }

  /** The head of an answer of so many bytes. It is sent with what comes next. */
  public void promise(int status, String contentType, long length, String... headers) {
    head(status, contentType, headers);
    add("content-length: " + length + "\r\n\r\n");
  }

  /** The head of an answer in chunks. It is sent with what comes next. */
  public void begin(String contentType) {
    head(200, contentType);
    add("transfer-encoding: chunked\r\n\r\n");
  }

  /** One chunk, at once. */
  public void chunk(byte[] bytes) throws IOException {
    add(Integer.toHexString(bytes.length) + "\r\n");
    pending.writeBytes(bytes);
    pending.writeBytes(LINE_END);
    flush();
  }

  /** A chunk that says how long it is, and half of that. */
  public void halfChunk(byte[] bytes) throws IOException {
    add(Integer.toHexString(bytes.length) + "\r\n");
    raw(Arrays.copyOf(bytes, bytes.length / 2));
  }

  /** The end of an answer in chunks. */
  public void end() throws IOException {
    add("0\r\n\r\n");
    flush();
  }

  /** These bytes, whatever they are. */
  public void raw(byte[] bytes) throws IOException {
    pending.writeBytes(bytes);
    flush();
  }

  /** Sends what has only been prepared. */
  public void flush() throws IOException {
    pending.writeTo(output);
    pending.reset();
  }

  /** Waits, and fails as soon as the client leaves. */
  public void pause(Duration pause) throws IOException {
    if (pause.isPositive() && reader.clientLeavesWithin(pause)) {
      throw new IOException("the client left");
    }
  }

  /**
   * Waits until the gap has passed since the moment that the last one was to end at: what is sent
   * in between takes no time of it. Fails as soon as the client leaves.
   */
  public void pace(Duration gap) throws IOException {
    long now = System.nanoTime();
    boolean isBehind = now - beatNanos > gap.toNanos();
    beatNanos = (isBehind ? now : beatNanos) + gap.toNanos();
    // The client is looked at for whole milliseconds.
    pause(Duration.ofMillis(TimeUnit.NANOSECONDS.toMillis(beatNanos - now)));
    for (long left = beatNanos - System.nanoTime();
        left > 0;
        left = beatNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Waits until the client leaves. */
  public void pauseForever() throws IOException {
    while (true) {
      pause(Duration.ofHours(1));
    }
  }

  /** Closes the connection once the answer has been given, however far it came. */
  public void hangUp() {
    hungUp = true;
  }

  /** The same by a reset: what is under way to the client is lost. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    hangUp();
  }

  boolean isHungUp() {
    return hungUp;
  }

  private void head(int status, String contentType, String... headers) {
    add("HTTP/1.1 " + status + " " + (status < 400 ? "OK" : "Error") + "\r\n");
    add("content-type: " + contentType + "\r\n");
    add("x-request-id: req_" + LAST_NUMBER.incrementAndGet() + "\r\n");
    add("openai-processing-ms: 1\r\nx-ratelimit-limit-requests: 10000\r\n");
    for (String header : headers) {
      add(header + "\r\n");
    }
  }

  private void add(String text) {
    pending.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
