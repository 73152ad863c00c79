package io.omnirun.testkit.network;

import java.io.IOException;
import java.net.Socket;

/** How the servers of a test's internet go on whatever comes. */
final class Serving {
  private Serving() {}

  /** Something that waits for a caller. */
  interface Turn {
    void take() throws IOException;
  }

  /** What is done with a connection. */
  interface Handler {
    void handle(Socket socket) throws IOException;
  }

  /** Takes turns for ever; a caller that breaks ends only its own. */
  static void untilItEnds(Turn turn) {
    while (true) {
      try {
        turn.take();
      } catch (IOException | RuntimeException e) {
        System.err.println("internet: a caller broke: " + e);
      }
    }
  }

  /** Handles a connection in a thread of its own and closes it. */
  static void inBackground(Socket socket, Handler handler) {
    Thread.startVirtualThread(
        () -> {
          try (socket) {
            handler.handle(socket);
          } catch (IOException | RuntimeException e) {
            System.err.println("internet: a connection broke: " + e);
          }
        });
  }
}
