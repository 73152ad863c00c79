package io.omnirun.machine.firecracker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Notices the end of a VMM by a connection to its API on which nothing is said: it breaks at once
 * when the process is gone, and is one of the ten that Firecracker has.
 */
final class ApiEnd implements AutoCloseable {
  private final SocketChannel connection;
  private final CompletableFuture<Void> end = new CompletableFuture<>();

  private ApiEnd(SocketChannel connection) {
    this.connection = connection;
  }

  /** Begins to watch the VMM behind the socket. */
  static ApiEnd watch(Path socket) throws IOException {
    ApiEnd watch = new ApiEnd(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    Thread.ofVirtual().name("vmm-end").start(watch::awaitEnd);
    return watch;
  }

  /** Completes when the VMM has ended, or this is closed. */
  CompletableFuture<Void> end() {
    return end;
  }

  /** Gives the connection back, of a VMM that lives on. Idempotent. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a connection to a VMM cannot be closed", e);
    }
  }

  private void awaitEnd() {
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
