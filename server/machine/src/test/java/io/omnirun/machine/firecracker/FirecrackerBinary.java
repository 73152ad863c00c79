package io.omnirun.machine.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a program what it is, which is the launcher's work where there is one. */
final class FirecrackerBinary {
  private static final Pattern VERSION = Pattern.compile("Firecracker v(\\d+\\.\\d+\\.\\d+)");
  private static final Pattern SNAPSHOTS = Pattern.compile("v\\d+\\.\\d+\\.\\d+");

  private FirecrackerBinary() {}

  static FirecrackerVersion ask(Path program) {
    Matcher version = VERSION.matcher(output(program, "--version"));
    Matcher snapshots = SNAPSHOTS.matcher(output(program, "--snapshot-version"));
    if (!version.find() || !snapshots.find()) {
      throw new IllegalStateException(program + " does not say that it is Firecracker");
    }
    return new FirecrackerVersion(version.group(1), snapshots.group());
  }

  private static String output(Path program, String flag) {
    try {
      Process process = new ProcessBuilder(program.toString(), flag).start();
      return new String(process.getInputStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
