package io.omnirun.machine.firecracker;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Notices the end of a VMM by a connection to its API on which nothing is said: it breaks at once
 * when the process is gone, and is one of the ten that Firecracker has.
 */
final class ApiEnd {
  private ApiEnd() {}

  /** Completes when the VMM behind the socket has ended. */
  static CompletableFuture<Void> watch(Path socket) throws IOException {
    SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread.ofVirtual().name("vmm-end").start(() -> awaitEnd(connection, end));
    return end;
  }

  private static void awaitEnd(SocketChannel connection, CompletableFuture<Void> end) {
    try (connection) {
      ByteBuffer anything = ByteBuffer.allocate(1);
      while (connection.read(anything.clear()) >= 0) {
        // Firecracker says nothing unasked; whatever it were, it lives.
      }
    } catch (IOException broken) {
      // That is an end, too.
    }
    end.complete(null);
  }
}
