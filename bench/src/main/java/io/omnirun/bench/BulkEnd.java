package io.omnirun.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * A server that answers a ClientHello by very many bytes that are no TLS, and clients that fetch
 * them: what lies behind the hello is all the same to a proxy that opens nothing, and so nobody's
 * encryption is what is measured.
 */
final class BulkEnd implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final ServerSocketChannel listener;
  private final ByteBuffer hello;
  private final long bytes;

  BulkEnd(String name, InetAddress address, long bytes) throws IOException {
    this.bytes = bytes;
    hello = hello(name);
    listener = ServerSocketChannel.open().bind(new InetSocketAddress(address, 0));
    Thread.ofPlatform().daemon().start(this::serve);
  }

  private static ByteBuffer hello(String name) throws SSLException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(name, 443);
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), hello);
      return hello.flip();
    } catch (NoSuchAlgorithmException e) {
      throw new SSLException(e);
    }
  }

  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listener.getLocalAddress();
  }

  /** Fetches all bytes of one connection. */
  void fetch(InetSocketAddress proxy) throws IOException {
    try (SocketChannel channel = SocketChannel.open(proxy)) {
      channel.write(hello.duplicate());
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      long received = 0;
      int count = channel.read(buffer);
      while (count >= 0) {
        received += count;
        count = channel.read(buffer.clear());
      }
      if (received != bytes) {
        throw new IOException("%,d bytes came of %,d".formatted(received, bytes));
      }
    }
  }

  private void serve() {
    while (listener.isOpen()) {
      try {
        SocketChannel channel = listener.accept();
        Thread.ofPlatform().daemon().start(() -> send(channel));
      } catch (IOException e) {
        if (listener.isOpen()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void send(SocketChannel channel) {
    try (channel) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      channel.read(buffer);
      for (long left = bytes; left > 0; ) {
        buffer.clear().limit((int) Math.min(left, BUFFER_BYTES));
        left -= channel.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
