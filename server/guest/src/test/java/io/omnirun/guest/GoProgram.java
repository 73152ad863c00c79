package io.omnirun.guest;

import static java.util.Objects.requireNonNull;

import io.omnirun.testkit.program.GoBuild;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/** A program of this repository that tests run: built once, ended with the test. */
public final class GoProgram implements AutoCloseable {
  private static final long START_TIMEOUT_SECONDS = 60;

  private final Process process;

  private GoProgram(Process process) {
    this.process = process;
  }

  /** The guest's end of the link over an emulated port, with small services. */
  public static GoProgram linkGuest(Path socket) throws IOException {
    return start("./agent/internal/link/linktest/guest", socket, "--socket");
  }

  /** The agent itself; it serves one host, then the next. */
  public static GoProgram agent(Path socket) throws IOException {
    return start("./agent/cmd/agent", socket, "--link-socket");
  }

  private static GoProgram start(String packagePath, Path socket, String flag) throws IOException {
    Path binary = GoBuild.of(packagePath);
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      Path folder = requireNonNull(socket.toAbsolutePath().getParent());
      folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      Process process =
          new ProcessBuilder(binary.toString(), flag, socket.toString())
              .redirectErrorStream(true)
              .redirectOutput(Files.createTempFile(folder, "program", ".log").toFile())
              .start();
      GoProgram program = new GoProgram(process);
      program.awaitSocket(socket, watch);
      return program;
    }
  }

  private void awaitSocket(Path socket, WatchService watch) throws IOException {
    while (!Files.exists(socket)) {
      try {
        var key = watch.poll(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (key == null || !process.isAlive()) {
          close();
          throw new IOException("the program did not begin to listen");
        }
        key.pollEvents().clear();
        key.reset();
      } catch (InterruptedException e) {
        close();
        throw new IOException("interrupted", e);
      }
    }
    awaitListening(UnixDomainSocketAddress.of(socket));
  }

  /**
   * A socket refuses connections for a moment between bind(2) and listen(2), which gives no event.
   */
  private void awaitListening(UnixDomainSocketAddress address) throws IOException {
    while (process.isAlive()) {
      try (SocketChannel channel = SocketChannel.open(address)) {
        if (channel.isConnected()) {
          return;
        }
      } catch (ConnectException e) {
        Thread.onSpinWait();
      }
    }
    throw new IOException("the program has ended");
  }

  /** Kills the program and waits for its end. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
