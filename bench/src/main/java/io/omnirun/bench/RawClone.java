package io.omnirun.bench;

import io.omnirun.guest.MuxFront;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.testkit.server.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A machine restored by hand from a golden snapshot, with a bare client of its agent: what OmniRun is measured against. */
final class RawClone implements AutoCloseable {
  private final Path directory;
  private @Nullable Process vmm;
  private @Nullable MuxFront front;

  private RawClone(Path directory) {
    this.directory = directory;
  }

  /** Copies the disk: not part of what is timed. */
  static RawClone prepare(Path golden) {
    try {
      Path directory = Files.createTempDirectory("raw");
      Shell.run("cp", "--sparse=always", golden.resolve("disk.img").toString(), directory.resolve("disk.img").toString());
      return new RawClone(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Restores it and returns a client whose agent has answered.
   *
   * @param like the pid of a clone of the same snapshot
   */
  AgentClient restore(GuestHttp http, long like, Path golden, Path script) {
    try {
      vmm =
          new ProcessBuilder("python3", script.toString(), Long.toString(like), directory.toString(), golden.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("vmm.log").toFile())
              .start();
      Path channel = directory.resolve("channel.sock");
      while (!Files.exists(channel)) {
        Thread.onSpinWait();
        if (!vmm.isAlive()) {
          throw new IllegalStateException(Files.readString(directory.resolve("vmm.log")));
        }
      }
      front = MuxFront.open(channel, directory.resolve("guest.sock"), true);
      return new AgentClient(http, directory.resolve("guest.sock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return vmm == null ? -1 : vmm.pid();
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
    if (front != null) {
      front.close();
    }
    if (vmm != null) {
      vmm.destroyForcibly();
      vmm.onExit().join();
    }
    Shell.run("rm", "-rf", directory.toString());
  }
}
