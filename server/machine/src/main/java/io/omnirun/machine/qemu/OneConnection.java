package io.omnirun.machine.qemu;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The only connection that a socket of ours is for. */
final class OneConnection {
  private OneConnection() {}

  /**
   * Waits for it. Then, or when an interrupt breaks that off, nobody listens any more, and whoever
   * has connected meanwhile sees an end.
   *
   * <p>It is polled for: a blocking accept that is interrupted in the moment of a connection throws
   * and forgets what it took, which stays open as long as this process; the VMM would wait for it.
   *
   * @return the caller closes it
   */
  static SocketChannel accept(ServerSocketChannel listener) throws IOException {
    try (listener;
        Selector selector = Selector.open()) {
      listener.configureBlocking(false);
      listener.register(selector, SelectionKey.OP_ACCEPT);
      SocketChannel connection = null;
      while (connection == null) {
        selector.select();
        if (Thread.currentThread().isInterrupted()) {
          throw new ClosedByInterruptException();
        }
        connection = listener.accept();
      }
      return connection;
    }
  }
}
