package io.omnirun.e2e;

import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a server keeps of paused sandboxes, as root sees it. */
record PausedFiles(TestServer server) {
  private Path directory() {
    return server.stateDirectory().resolve("paused");
  }

  /** Everything that lies there, whole or not. */
  List<Path> all() {
    try (Stream<Path> entries = Files.list(directory())) {
      return entries.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those that are being written. */
  List<Path> unfinished() {
    return all().stream().filter(path -> path.getFileName().toString().startsWith(".")).toList();
  }

  /** The files of the whole state directory in which a text stands. */
  List<String> filesHolding(String text) {
    try {
      Process grep =
          new ProcessBuilder(
                  "grep", "-rlaF", "--devices=skip", text, server.stateDirectory().toString())
              .start();
      List<String> found = grep.inputReader().lines().toList();
      grep.waitFor();
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * Does harm to the only paused sandbox.
   *
   * @param harm a verb and a file: {@code cut ram}
   */
  void harm(String harm) {
    String[] words = harm.split(" ", 2);
    Path file = all().getFirst().resolve(words[1]);
    try {
      if (words[0].equals("remove")) {
        Files.delete(file);
        return;
      }
      try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
        if (words[0].equals("cut")) {
          content.setLength(content.length() * 2 / 3);
        } else {
          content.seek(content.length() / 2);
          int old = content.read();
          content.seek(content.length() / 2);
          content.write(old ^ 1);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
