package io.omnirun.guest;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A program of this repository that tests run: built once, ended with the test. */
public final class GoProgram implements AutoCloseable {
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();
  private static final Path BINARIES = Path.of("target/go").toAbsolutePath();
  private static final ConcurrentHashMap<String, Path> BUILT = new ConcurrentHashMap<>();
  private static final long BUILD_TIMEOUT_MINUTES = 10;
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
    Path binary = BUILT.computeIfAbsent(packagePath, GoProgram::build);
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

  private static Path build(String packagePath) {
    Path binary = BINARIES.resolve(packagePath.replaceAll("[^a-z]", "_"));
    List<String> command = new ArrayList<>(List.of("go", "build", "-o", binary.toString()));
    command.add(packagePath);
    ProcessBuilder builder = new ProcessBuilder(command).directory(REPOSITORY.toFile()).inheritIO();
    builder.environment().put("CGO_ENABLED", "0");
    try {
      Process build = builder.start();
      if (!build.waitFor(BUILD_TIMEOUT_MINUTES, TimeUnit.MINUTES) || build.exitValue() != 0) {
        throw new IllegalStateException("go build " + packagePath + " failed");
      }
      return binary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
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
