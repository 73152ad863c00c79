package io.omnirun.guest;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A socket that leads to another one, until it is cut; the next connection is whole again. */
final class CuttablePath implements Closeable {
  private final ServerSocketChannel listener;
  private final Path target;
  private final Queue<SocketChannel> channels = new ConcurrentLinkedQueue<>();

  private CuttablePath(ServerSocketChannel listener, Path target) {
    this.listener = listener;
    this.target = target;
  }

  static CuttablePath start(Path socket, Path target) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    CuttablePath path = new CuttablePath(listener, target);
    Thread.ofVirtual().start(path::acceptAll);
    return path;
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel near = listener.accept();
        SocketChannel far = SocketChannel.open(UnixDomainSocketAddress.of(target));
        channels.add(near);
        channels.add(far);
        Thread.ofVirtual().start(() -> copy(near, far));
        Thread.ofVirtual().start(() -> copy(far, near));
      }
    } catch (ClosedChannelException e) {
      channels.removeIf(channel -> !channel.isOpen());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    try (from;
        to) {
      while (from.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
      }
    } catch (IOException e) {
      channels.remove(from);
    }
  }

  /** Ends the connections that there are, in the middle of whatever they carry. */
  void cut() throws IOException {
    // Not those that are added meanwhile: whoever sees the first one closed connects again.
    for (SocketChannel channel : List.copyOf(channels)) {
      channels.remove(channel);
      channel.close();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
