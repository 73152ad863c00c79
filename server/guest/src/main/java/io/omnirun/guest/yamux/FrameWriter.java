package io.omnirun.guest.yamux;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Writes a session's frames, one record each. Nothing is queued but the few answers that the guest
 * makes us owe. Thread-safe.
 */
final class FrameWriter {
  /**
   * Answers (to pings, to streams it may not open) that the guest has not let us write. More is a
   * flood.
   */
  private static final int MAX_OWED_FRAMES = 1024;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Wire wire;
  private final Consumer<IOException> onFailure;

  /** Fair, so that a stream that writes much does not keep the others waiting. */
  private final ReentrantLock turn = new ReentrantLock(true);

  private final BlockingQueue<Frame> owed = new ArrayBlockingQueue<>(MAX_OWED_FRAMES);
  private final Thread payer = Thread.ofVirtual().name("yamux-answers").unstarted(this::payOwed);

  /**
   * @param onFailure is told, perhaps more than once, why nothing can be written any more
   */
  FrameWriter(Wire wire, Consumer<IOException> onFailure) {
    this.wire = wire;
    this.onFailure = onFailure;
  }

  void start() {
    payer.start();
  }

  /** Ends the answers; the owner of the wire closes that. */
  void stop() {
    payer.interrupt();
  }

  int maxDataBytes() {
    return wire.maxRecordBytes() - Frame.HEADER_BYTES;
  }

  /** Blocks until the wire has taken the frame. */
  void send(Frame frame) throws IOException {
    write(frame, NOTHING.duplicate());
  }

  /** Blocks until the wire has taken {@code payload}, at most {@link #maxDataBytes()}. */
  void sendData(int streamId, ByteBuffer payload) throws IOException {
    write(new Frame(Frame.DATA, 0, streamId, payload.remaining()), payload);
  }

  private void write(Frame frame, ByteBuffer payload) throws IOException {
    turn.lock();
    try {
      wire.writeRecord(frame.encode(), payload);
    } catch (IOException e) {
      onFailure.accept(e);
      throw e;
    } finally {
      turn.unlock();
    }
  }

  /**
   * Leaves an answer to be written. The thread that reads never writes itself: were both sides to
   * wait for the other to read, neither would.
   */
  void owe(Frame answer) throws ProtocolViolation {
    if (!owed.offer(answer)) {
      throw new ProtocolViolation("more questions than it takes answers");
    }
  }

  private void payOwed() {
    try {
      while (true) {
        send(owed.take());
      }
    } catch (InterruptedException e) {
      IOException stopped = new InterruptedIOException("the answers were stopped");
      stopped.initCause(e);
      onFailure.accept(stopped);
    } catch (IOException e) {
      onFailure.accept(e);
    }
  }
}
