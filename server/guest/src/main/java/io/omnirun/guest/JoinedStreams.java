package io.omnirun.guest;

import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket on the host and a stream of the guest, joined: bytes are copied both ways, and each way
 * ends by itself. One that fails ends both. Each way is one thread's; anyone may close.
 */
final class JoinedStreams {
  private static final Logger log = LoggerFactory.getLogger(JoinedStreams.class);

  private final SocketChannel socket;
  private final YamuxStream stream;
  private final AtomicLong movedFromGuest = new AtomicLong();

  JoinedStreams(SocketChannel socket, YamuxStream stream) {
    this.socket = socket;
    this.stream = stream;
  }

  /** Begins to copy what the guest sends, in the thread that is returned. */
  Thread startFromGuest() {
    return Thread.ofVirtual().name("from-guest").start(this::copyFromGuest);
  }

  /** How many bytes of the guest's have been taken by now. */
  long movedFromGuest() {
    return movedFromGuest.get();
  }

  /** Copies what the socket has; returns when that has ended. */
  void copyToGuest() {
    CopyBuffer buffers = new CopyBuffer();
    try {
      ByteBuffer buffer = buffers.forNextRead();
      while (socket.read(buffer) >= 0) {
        stream.write(buffer.flip());
        buffer = buffers.forNextRead();
      }
      stream.closeWrite();
    } catch (IOException e) {
      closeBoth(e);
    }
  }

  private void copyFromGuest() {
    CopyBuffer buffers = new CopyBuffer();
    try {
      ByteBuffer buffer = buffers.forNextRead();
      while (stream.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          movedFromGuest.addAndGet(socket.write(buffer));
        }
        buffer = buffers.forNextRead();
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      closeBoth(e);
    }
  }

  /** Ends the other way too, which may be waiting. */
  void closeBoth(IOException reason) {
    try (stream;
        socket) {
      log.debug("a stream of the guest's ended early", reason);
    } catch (IOException e) {
      log.debug("a stream of the guest's was not closed cleanly", e);
    }
  }
}
