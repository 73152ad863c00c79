package io.omnirun.machine.firecracker;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Waits until a VMM that is being started listens: by the kernel's word that its socket has
 * appeared (inotify), or that the VMM has ended. Armed before the start. Used by one thread.
 */
final class SocketArrival implements AutoCloseable {
  /** Between bind(2) and listen(2), which no event tells; microseconds. */
  private static final Duration BIND_TO_LISTEN = Duration.ofSeconds(5);

  private final Path socket;
  private final WatchService watch;

  private SocketArrival(Path socket, WatchService watch) {
    this.socket = socket;
    this.watch = watch;
  }

  /**
   * Begins to watch.
   *
   * @param socket where nothing is yet, in a directory that exists
   */
  static SocketArrival arm(Path directory, Path socket) throws IOException {
    WatchService watch = directory.getFileSystem().newWatchService();
    try {
      directory.register(watch, ENTRY_CREATE);
      return new SocketArrival(socket, watch);
    } catch (IOException | RuntimeException e) {
      watch.close();
      throw e;
    }
  }

  /**
   * Returns when the socket takes connections.
   *
   * @param ended completes with the reason when the VMM has ended
   * @throws OmniRunException MACHINE_FAILED if it ends before, or takes too long
   */
  void await(CompletableFuture<String> ended, Duration limit) throws IOException {
    ended.thenRun(this::close);
    long deadline = System.nanoTime() + limit.toNanos();
    while (!Files.exists(socket)) {
      if (ended.isDone()) {
        throw failed("it has ended: " + ended.join());
      }
      WatchKey event = poll(deadline - System.nanoTime());
      if (event == null && !ended.isDone()) {
        throw failed("its socket did not appear within " + limit);
      }
      if (event != null) {
        event.pollEvents().clear();
        event.reset();
      }
    }
    awaitListening(ended);
  }

  private @Nullable WatchKey poll(long nanos) throws IOException {
    try {
      return watch.poll(nanos, NANOSECONDS);
    } catch (ClosedWatchServiceException vmmEnded) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while Firecracker was starting", e);
    }
  }

  private void awaitListening(CompletableFuture<String> ended) throws IOException {
    long deadline = System.nanoTime() + BIND_TO_LISTEN.toNanos();
    while (true) {
      try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        return;
      } catch (ConnectException e) {
        if (ended.isDone() || System.nanoTime() > deadline) {
          throw failed("its socket takes no connections: " + e.getMessage());
        }
        Thread.onSpinWait();
      }
    }
  }

  private static OmniRunException failed(String reason) {
    return new OmniRunException(ErrorCode.MACHINE_FAILED, "Firecracker did not start; " + reason);
  }

  @Override
  public void close() {
    try {
      watch.close();
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a watch of a directory did not end", e);
    }
  }
}
