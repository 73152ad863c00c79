package io.omnirun.guest.yamux;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A wire whose other end is the test: what the guest sends, and what it gets. */
final class ScriptedWire implements Wire {
  private static final byte[] END = new byte[0];
  private static final int TIMEOUT_SECONDS = 60;

  private final BlockingQueue<byte[]> toHost = new LinkedBlockingQueue<>();
  private final BlockingQueue<Sent> toGuest;
  private volatile boolean closed;
  private volatile @Nullable Error failure;

  /** A frame that the host has sent. */
  record Sent(Frame frame, byte[] payload) {}

  /** A wire that takes as much as it gets. */
  ScriptedWire() {
    this(Integer.MAX_VALUE);
  }

  /**
   * @param room frames are taken; the next waits until the test has received one
   */
  ScriptedWire(int room) {
    this.toGuest = new LinkedBlockingQueue<>(room);
  }

  void send(Frame frame, byte[] payload) {
    sendBytes(
        ByteBuffer.allocate(Frame.HEADER_BYTES + payload.length)
            .put(frame.encode())
            .put(payload)
            .array());
  }

  void send(Frame frame) {
    send(frame, END);
  }

  void sendData(int streamId, byte[] payload) {
    send(new Frame(Frame.DATA, 0, streamId, payload.length), payload);
  }

  /** One record; none that is empty, for that is the end. */
  void sendBytes(byte[] record) {
    toHost.add(record);
  }

  /** The read that is under way, or the next one, throws this. */
  void fail(Error error) {
    failure = error;
    toHost.add(END);
  }

  void end() {
    toHost.add(END);
  }

  /** The next frame of the host, waiting for it. */
  Sent receive() throws InterruptedException {
    Sent sent = toGuest.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (sent == null) {
      throw new AssertionError("the host sent nothing");
    }
    return sent;
  }

  /** The next frame if there is one already. */
  @Nullable Sent receiveNow() {
    return toGuest.poll();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public ByteBuffer readRecord() throws IOException {
    byte[] record = interruptibly(toHost::take);
    Error error = failure;
    if (error != null) {
      throw error;
    }
    if (record.length == 0 || closed) {
      throw new EOFException("the wire has ended");
    }
    return ByteBuffer.wrap(record);
  }

  @Override
  public void writeRecord(ByteBuffer header, ByteBuffer payload) throws IOException {
    Frame frame = Frame.decode(header);
    byte[] bytes = new byte[payload.remaining()];
    payload.get(bytes);
    interruptibly(
        () -> {
          toGuest.put(new Sent(frame, bytes));
          return bytes;
        });
  }

  private interface Waiting {
    byte[] run() throws InterruptedException;
  }

  private static byte[] interruptibly(Waiting waiting) throws IOException {
    try {
      return waiting.run();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public int maxRecordBytes() {
    return 64 * 1024;
  }

  @Override
  public void close() {
    closed = true;
    toHost.add(END);
  }
}
