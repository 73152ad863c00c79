package io.omnirun.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Where programs of others listen, which must be told a port and do not say when they do. */
final class Listeners {
  private Listeners() {}

  /** An address with a port that nobody had a moment ago. */
  static InetSocketAddress free(InetAddress at) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, at)) {
      return new InetSocketAddress(at, socket.getLocalPort());
    }
  }

  /** Whether somebody takes connections there. */
  static boolean takesConnections(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
