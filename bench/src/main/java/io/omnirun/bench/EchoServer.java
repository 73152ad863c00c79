package io.omnirun.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The server behind both proxies, a process of its own: answers each small request by its target.
 * It listens at a TCP port, which it prints, and at a unix socket, where connections begin as those
 * to a guest do (api/link.md).
 */
final class EchoServer {
  private static final int BUFFER_BYTES = 16 * 1024;

  private EchoServer() {}

  /** A connection: what has come, and whether it has begun. */
  private static final class Peer {
    final ByteBuffer input = ByteBuffer.allocate(BUFFER_BYTES);
    boolean joined;

    Peer(boolean joined) {
      this.joined = joined;
    }
  }

  /** Argument: the unix socket's path. */
  public static void main(String[] arguments) throws IOException {
    Selector selector = Selector.open();
    ServerSocketChannel tcp =
        listen(
            selector,
            ServerSocketChannel.open(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listen(
        selector,
        ServerSocketChannel.open(StandardProtocolFamily.UNIX),
        UnixDomainSocketAddress.of(Path.of(arguments[0])));
    System.out.println(((InetSocketAddress) tcp.getLocalAddress()).getPort());
    while (true) {
      selector.select(key -> serve(key, selector));
    }
  }

  private static ServerSocketChannel listen(
      Selector selector, ServerSocketChannel channel, SocketAddress at) throws IOException {
    channel.bind(at, 512).configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
    return channel;
  }

  private static void serve(SelectionKey key, Selector selector) {
    try {
      if (key.channel() instanceof ServerSocketChannel listener) {
        SocketChannel channel = listener.accept();
        boolean joined = listener.getLocalAddress() instanceof InetSocketAddress;
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Peer(joined));
      } else if (!isAnswered((SocketChannel) key.channel(), (Peer) key.attachment())) {
        key.channel().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** False if the connection is over: a client of a finished round just leaves. */
  private static boolean isAnswered(SocketChannel channel, Peer peer) {
    try {
      return answer(channel, peer);
    } catch (IOException left) {
      return false;
    }
  }

  private static boolean answer(SocketChannel channel, Peer peer) throws IOException {
    if (channel.read(peer.input) < 0) {
      return false;
    }
    String text =
        new String(peer.input.array(), 0, peer.input.position(), StandardCharsets.ISO_8859_1);
    if (!peer.joined && text.endsWith("\n")) {
      peer.joined = true;
      peer.input.clear();
      channel.write(ByteBuffer.wrap("OK 1\n".getBytes(StandardCharsets.US_ASCII)));
    } else if (text.endsWith("\r\n\r\n")) {
      peer.input.clear();
      String target = text.split(" ", 3)[1];
      String answer =
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(target.length(), target);
      channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }
    return true;
  }
}
