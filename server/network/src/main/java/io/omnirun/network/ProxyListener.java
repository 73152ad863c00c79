package io.omnirun.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections at one address. */
final class ProxyListener implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyListener.class);

  /** Connections that wait to be taken; what the kernel takes for more is its own affair. */
  private static final int BACKLOG = 1_024;

  /** A process that has no file descriptor left is not asked for the next at once. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final ServerSocketChannel channel;
  private final InetSocketAddress address;
  private final Consumer<SocketChannel> taker;

  /**
   * @param taker gets each connection, closes it, and does not wait
   */
  ProxyListener(InetSocketAddress at, Consumer<SocketChannel> taker) throws IOException {
    this.taker = taker;
    channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
    try {
      channel.bind(at, BACKLOG);
      address = (InetSocketAddress) channel.getLocalAddress();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  @Override
  public void run() {
    while (channel.isOpen()) {
      try {
        SocketChannel client = channel.accept();
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        taker.accept(client);
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.warn("a connection to the proxy is lost", e);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("the proxy's socket is not closed", e);
    }
  }
}
