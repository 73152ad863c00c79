package io.omnirun.guest.yamux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads a session's frames from records that end anywhere, and gives them to its streams. Nothing
 * it does waits for anything but the next bytes. Used by one thread.
 */
final class FrameReader {
  private final Wire wire;
  private final YamuxSession session;
  private final FrameWriter writer;
  private ByteBuffer record = ByteBuffer.allocate(0);

  FrameReader(Wire wire, YamuxSession session, FrameWriter writer) {
    this.wire = wire;
    this.session = session;
    this.writer = writer;
  }

  /**
   * Reads until the wire ends, the guest breaks the protocol or the reader itself breaks, and
   * returns the reason: it never throws.
   */
  IOException readAll() {
    try {
      while (true) {
        Frame frame = readFrame();
        switch (frame.type()) {
          case Frame.DATA -> data(frame);
          case Frame.WINDOW_UPDATE -> windowUpdate(frame);
          case Frame.PING -> ping(frame);
          case Frame.GO_AWAY -> throw new IOException("the guest ended it: " + frame.length());
          default -> throw new ProtocolViolation("frame type " + frame.type());
        }
      }
    } catch (IOException e) {
      return e;
    } catch (RuntimeException e) {
      return new IOException("what the guest sent was not understood", e);
    } catch (Error e) {
      // Of memory that another guest's calls have used up, say: were the session not ended, its
      // callers would wait for ever.
      return new IOException("the reader of the guest's frames broke", e);
    }
  }

  private Frame readFrame() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
    while (header.hasRemaining()) {
      header.put(next(header.remaining()));
    }
    return Frame.decode(header.flip());
  }

  /** Some of the next bytes, at least one and at most {@code limit}; valid until the next call. */
  private ByteBuffer next(int limit) throws IOException {
    if (!record.hasRemaining()) {
      record = wire.readRecord();
    }
    int count = Math.min(limit, record.remaining());
    ByteBuffer part = record.slice(record.position(), count);
    record.position(record.position() + count);
    return part;
  }

  /** Bytes for a stream that is closed here were under way: they are read and dropped. */
  private void data(Frame frame) throws IOException {
    long length = Integer.toUnsignedLong(frame.length());
    if (length > ReceiveWindow.BYTES) {
      throw new ProtocolViolation("a frame of " + length + " bytes");
    }
    Optional<YamuxStream> stream = streamOf(frame);
    if (stream.isPresent()) {
      stream.get().admit(length);
    }
    int left = (int) length;
    while (left > 0) {
      ByteBuffer part = next(left);
      left -= part.remaining();
      stream.ifPresent(receiver -> receiver.receive(part));
    }
    stream.ifPresent(receiver -> close(receiver, frame));
  }

  private void windowUpdate(Frame frame) throws IOException {
    Optional<YamuxStream> stream = streamOf(frame);
    if (stream.isPresent()) {
      stream.get().grow(Integer.toUnsignedLong(frame.length()));
      close(stream.get(), frame);
    }
  }

  private Optional<YamuxStream> streamOf(Frame frame) throws ProtocolViolation {
    int id = frame.streamId();
    if (frame.has(Frame.SYN)) {
      return admit(id);
    }
    // A stream that was refused: the guest may not have heard of it yet.
    if (!session.hasOpened(id) && !isGuests(id)) {
      throw new ProtocolViolation("stream " + Integer.toUnsignedString(id) + " was never opened");
    }
    return session.stream(id);
  }

  /** The guest opens a stream, perhaps one more than it may. */
  private Optional<YamuxStream> admit(int id) throws ProtocolViolation {
    if (!isGuests(id)) {
      throw new ProtocolViolation("a stream with a number of ours");
    }
    if (session.stream(id).isPresent()) {
      throw new ProtocolViolation("a stream that is open is opened again");
    }
    Optional<YamuxStream> stream = session.admit(id);
    if (stream.isEmpty()) {
      writer.owe(Frame.windowUpdate(id, Frame.RST, 0));
    }
    return stream;
  }

  static boolean isGuests(int id) {
    return id != 0 && (id & 1) == 0;
  }

  private void close(YamuxStream stream, Frame frame) {
    if (frame.has(Frame.RST)) {
      stream.fail(new IOException("the guest ended the stream"));
      session.forget(stream);
    } else if (frame.has(Frame.FIN)) {
      stream.remoteClose();
    }
  }

  private void ping(Frame frame) throws ProtocolViolation {
    if (!frame.has(Frame.SYN)) {
      throw new ProtocolViolation("an answer to a ping that nobody sent");
    }
    writer.owe(new Frame(Frame.PING, Frame.ACK, 0, frame.length()));
  }
}
