package io.omnirun.bench;

import io.omnirun.guest.MuxFront;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.link.GuestDialer;
import io.omnirun.testkit.server.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A machine restored by hand from a golden snapshot, with a bare client of its agent: what OmniRun
 * is measured against.
 */
final class RawClone implements AutoCloseable {
  /** A clone answers in a fraction of a second. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

  private final Path directory;
  private final Process starter;
  private final BufferedReader told;
  private @Nullable MuxFront front;
  private long pid = -1;

  private RawClone(Path directory, Process starter) {
    this.directory = directory;
    this.starter = starter;
    this.told = starter.inputReader(StandardCharsets.US_ASCII);
  }

  /**
   * Copies the disk and opens all files: not part of what is timed.
   *
   * @param like the pid of a clone of the same snapshot
   */
  static RawClone prepare(long like, Path golden, Path script) {
    try {
      Path directory = Files.createTempDirectory("raw");
      Shell.run(
          "cp",
          "--sparse=always",
          golden.resolve("disk.img").toString(),
          directory.resolve("disk.img").toString());
      Process starter =
          new ProcessBuilder(
                  "python3",
                  script.toString(),
                  Long.toString(like),
                  directory.toString(),
                  golden.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      RawClone clone = new RawClone(directory, starter);
      clone.told.readLine();
      return clone;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Restores it and returns a client of its agent. */
  AgentClient restore(GuestHttp http) {
    try {
      tell();
      pid = Long.parseLong(told.readLine());
      Path socket = directory.resolve("guest.sock");
      front =
          MuxFront.open(
              GuestDialer.virtioSerial(directory.resolve("channel.sock")),
              socket,
              true,
              ANSWER_TIMEOUT);
      return new AgentClient(http, socket, () -> "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes its RAM and device state to a file and ends it. */
  void pause() {
    closeFront();
    tell();
    expect("paused");
  }

  /** Lets it go on in a new process; returns when its agent answers. */
  AgentClient resume(GuestHttp http) {
    try {
      tell();
      pid = Long.parseLong(told.readLine());
      expect("resumed");
      Path socket = directory.resolve("guest.sock");
      front =
          MuxFront.open(
              GuestDialer.virtioSerial(directory.resolve("channel.sock")),
              socket,
              false,
              ANSWER_TIMEOUT);
      AgentClient agent = new AgentClient(http, socket, () -> "");
      agent.health();
      return agent;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void tell() {
    try {
      starter.getOutputStream().write('\n');
      starter.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void expect(String word) {
    try {
      String line = told.readLine();
      if (!word.equals(line)) {
        throw new IllegalStateException("the script says " + line + " instead of " + word);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void closeFront() {
    if (front != null) {
      front.close();
    }
  }

  /** Of the VMM. */
  long pid() {
    return pid;
  }

  /** The script that starts QEMU, as a file. */
  static Path script() {
    try (InputStream source = RawClone.class.getResourceAsStream("raw_clone.py")) {
      if (source == null) {
        throw new IllegalStateException("raw_clone.py is not in the jar");
      }
      Path file = Files.createTempFile("raw_clone", ".py");
      Files.write(file, source.readAllBytes());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closeFront();
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    starter.destroyForcibly();
    starter.onExit().join();
    Shell.run("rm", "-rf", directory.toString());
  }
}
