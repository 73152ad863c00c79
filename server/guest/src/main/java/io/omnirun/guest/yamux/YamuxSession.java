package io.omnirun.guest.yamux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a yamux session. The guest is hostile: any violation of the protocol ends
 * the session, whatever it sends is bounded, and it may open no streams. Thread-safe.
 *
 * <p>Keep-alive and time-outs are left out on purpose: a paused guest is not dead.
 */
public final class YamuxSession implements Closeable {
  /**
   * More streams at a time than a sandbox's calls need; each may hold a receive window of memory.
   */
  public static final int MAX_STREAMS = 256;

  /**
   * Answers that the guest makes us owe (pings, refusals) and has not let us write. More is a
   * flood.
   */
  private static final int MAX_OWED_FRAMES = 1024;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Wire wire;
  private final Map<Integer, YamuxStream> streams = new ConcurrentHashMap<>();
  private final AtomicInteger nextId = new AtomicInteger(1);
  private final ReentrantLock writing = new ReentrantLock(true);
  private final BlockingQueue<Frame> owed = new ArrayBlockingQueue<>(MAX_OWED_FRAMES);
  private final CompletableFuture<IOException> ended = new CompletableFuture<>();
  private final Thread payer;

  private YamuxSession(Wire wire) {
    this.wire = wire;
    this.payer = Thread.ofVirtual().name("yamux-answers").unstarted(this::payOwed);
  }

  /** Begins a session over a wire, which it then owns. */
  public static YamuxSession start(Wire wire) {
    YamuxSession session = new YamuxSession(wire);
    Thread.ofVirtual().name("yamux-reader").start(session::readAll);
    session.payer.start();
    return session;
  }

  /** Completes once, with the reason, when the session is over. */
  public CompletableFuture<IOException> ended() {
    return ended;
  }

  /** Opens a stream. The caller closes it. */
  public YamuxStream open() throws IOException {
    if (streams.size() >= MAX_STREAMS) {
      throw new IOException("the guest has as many streams open as it may");
    }
    YamuxStream stream = new YamuxStream(this, nextId.getAndAdd(2));
    streams.put(stream.id(), stream);
    int extra = YamuxStream.RECEIVE_WINDOW_BYTES - YamuxStream.INITIAL_WINDOW_BYTES;
    send(Frame.windowUpdate(stream.id(), Frame.SYN, extra));
    if (ended.isDone()) {
      stream.fail(new IOException("the session is over"));
    }
    return stream;
  }

  int maxDataBytes() {
    return wire.maxRecordBytes() - Frame.HEADER_BYTES;
  }

  void send(Frame frame) throws IOException {
    write(frame.encode(), NOTHING.duplicate());
  }

  void sendData(int streamId, ByteBuffer payload) throws IOException {
    write(new Frame(Frame.DATA, 0, streamId, payload.remaining()).encode(), payload);
  }

  /** Fair, so that a stream that writes much does not keep the others waiting. */
  private void write(ByteBuffer header, ByteBuffer payload) throws IOException {
    writing.lock();
    try {
      wire.writeRecord(header, payload);
    } catch (IOException e) {
      end(e);
      throw e;
    } finally {
      writing.unlock();
    }
  }

  void forget(YamuxStream stream) {
    streams.remove(stream.id(), stream);
  }

  void forgetIfOver(YamuxStream stream) {
    if (stream.isOver()) {
      forget(stream);
    }
  }

  private void readAll() {
    try {
      WireReader reader = new WireReader(wire);
      while (true) {
        Frame frame = reader.readFrame();
        switch (frame.type()) {
          case Frame.DATA -> data(frame, reader);
          case Frame.WINDOW_UPDATE -> windowUpdate(frame);
          case Frame.PING -> ping(frame);
          case Frame.GO_AWAY -> throw new IOException("the guest ended the session");
          default -> throw new ProtocolViolation("frame type " + frame.type());
        }
      }
    } catch (IOException e) {
      end(e);
    }
  }

  /** Bytes for a stream that is closed here are read and dropped, within the window it had. */
  private void data(Frame frame, WireReader reader) throws IOException {
    long length = Integer.toUnsignedLong(frame.length());
    if (length > YamuxStream.RECEIVE_WINDOW_BYTES) {
      throw new ProtocolViolation("a frame of " + length + " bytes");
    }
    YamuxStream stream = streamOf(frame);
    if (stream != null) {
      stream.admit(length);
    }
    long left = length;
    while (left > 0) {
      ByteBuffer part = reader.next((int) left);
      left -= part.remaining();
      if (stream != null) {
        stream.receive(part);
      }
    }
    flags(frame, stream);
  }

  private void windowUpdate(Frame frame) throws IOException {
    YamuxStream stream = streamOf(frame);
    if (stream != null) {
      stream.grow(Integer.toUnsignedLong(frame.length()));
    }
    flags(frame, stream);
  }

  private @Nullable YamuxStream streamOf(Frame frame) throws IOException {
    if (frame.has(Frame.SYN)) {
      owe(Frame.windowUpdate(frame.streamId(), Frame.RST, 0));
      return null;
    }
    return streams.get(frame.streamId());
  }

  private void flags(Frame frame, @Nullable YamuxStream stream) {
    if (stream == null) {
      return;
    }
    if (frame.has(Frame.RST)) {
      stream.fail(new IOException("the guest ended the stream"));
      forget(stream);
    } else if (frame.has(Frame.FIN)) {
      stream.remoteClose();
      forgetIfOver(stream);
    }
  }

  private void ping(Frame frame) throws ProtocolViolation {
    if (frame.has(Frame.SYN)) {
      owe(new Frame(Frame.PING, Frame.ACK, 0, frame.length()));
    }
  }

  /**
   * The reading thread never writes: were both sides to wait for the other to read, neither would.
   */
  private void owe(Frame answer) throws ProtocolViolation {
    if (!owed.offer(answer)) {
      throw new ProtocolViolation("more questions than it takes answers");
    }
  }

  private void payOwed() {
    try {
      while (!ended.isDone()) {
        send(owed.take());
      }
    } catch (IOException e) {
      end(e);
    } catch (InterruptedException e) {
      end(new IOException("the session was closed", e));
    }
  }

  private void end(IOException reason) {
    if (!ended.complete(reason)) {
      return;
    }
    payer.interrupt();
    try {
      wire.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
    streams.values().forEach(stream -> stream.fail(reason));
    streams.clear();
  }

  /** Ends the session and all its streams. Idempotent. */
  @Override
  public void close() {
    end(new IOException("the session was closed"));
  }
}
