package io.omnirun.guest;

import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection joined to a stream of its own: bytes are copied both ways, each way ends
 * by itself, and both are closed when both have ended or one has failed.
 */
final class ClientBridge {
  private static final Logger log = LoggerFactory.getLogger(ClientBridge.class);

  private final SocketChannel client;
  private final YamuxStream stream;

  private ClientBridge(SocketChannel client, YamuxStream stream) {
    this.client = client;
    this.stream = stream;
  }

  /** Takes over a client and opens its stream; returns at once. */
  static void start(SocketChannel client, YamuxSession session) {
    Thread.ofVirtual().name("bridge").start(() -> run(client, session));
  }

  private static void run(SocketChannel client, YamuxSession session) {
    try (client;
        YamuxStream stream = session.open()) {
      new ClientBridge(client, stream).copyBothWays();
    } catch (IOException e) {
      log.debug("a stream to the guest ended early", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void copyBothWays() throws InterruptedException {
    Thread fromGuest = Thread.ofVirtual().name("from-guest").start(this::copyFromGuest);
    copyToGuest();
    fromGuest.join();
  }

  private void copyToGuest() {
    CopyBuffer buffers = new CopyBuffer();
    try {
      ByteBuffer buffer = buffers.forNextRead();
      while (client.read(buffer) >= 0) {
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
          client.write(buffer);
        }
        buffer = buffers.forNextRead();
      }
      client.shutdownOutput();
    } catch (IOException e) {
      closeBoth(e);
    }
  }

  /** Ends the other way too, which may be waiting. */
  private void closeBoth(IOException reason) {
    try (stream;
        client) {
      log.debug("a stream to the guest ended early", reason);
    } catch (IOException e) {
      log.debug("a stream to the guest was not closed cleanly", e);
    }
  }
}
