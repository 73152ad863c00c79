package io.omnirun.testkit.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs programs of the host and returns what they print. */
public final class Shell {
  private Shell() {}

  /** What the program printed to stdout; fails if its status is not 0. */
  public static String run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(List.of(command) + " ended with " + status + ": " + output);
      }
      return output.strip();
    } catch (IOException e) {
      throw new IllegalStateException(List.of(command) + " could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(List.of(command) + " was interrupted", e);
    }
  }
}
