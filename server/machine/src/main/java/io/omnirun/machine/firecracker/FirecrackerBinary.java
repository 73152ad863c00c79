package io.omnirun.machine.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Firecracker that can be used here, by its own word.
 *
 * @param version {@code 1.15.1} say
 * @param snapshotVersion of the form of its snapshots, which changes with nearly every minor
 *     version
 */
public record FirecrackerBinary(Path program, String version, String snapshotVersion) {
  private static final Pattern VERSION = Pattern.compile("Firecracker v((\\d+)\\.(\\d+)\\.\\d+)");
  private static final Pattern SNAPSHOT_VERSION = Pattern.compile("v\\d+\\.\\d+\\.\\d+");

  /** 1.15 stopped the reuse of vsock ports after a restore. */
  private static final int OLDEST_MINOR = 15;

  /**
   * In 1.16 nobody connects to a guest any more that was stopped and let run on without a snapshot
   * (firecracker-microvm/firecracker#6100, mended on main).
   */
  private static final int BROKEN_MINOR = 16;

  private static final long TIMEOUT_SECONDS = 30;
  private static final int MAX_OUTPUT_BYTES = 64 * 1024;

  /**
   * Asks a program what it is.
   *
   * @throws OmniRunException CONFIGURATION_INVALID, with what to do
   */
  public static FirecrackerBinary probe(Path program) {
    requireExecutable(program);
    Matcher version = VERSION.matcher(ask(program, "--version"));
    if (!version.find()) {
      throw unusable(program, "does not say that it is Firecracker; check the path");
    }
    requireSupported(
        program, Integer.parseInt(version.group(2)), Integer.parseInt(version.group(3)));
    Matcher snapshots = SNAPSHOT_VERSION.matcher(ask(program, "--snapshot-version"));
    if (!snapshots.find()) {
      throw unusable(program, "does not tell the version of its snapshots");
    }
    return new FirecrackerBinary(program, version.group(1), snapshots.group());
  }

  /** It may have gone since it was asked. */
  void requireExecutable() {
    requireExecutable(program);
  }

  private static void requireExecutable(Path program) {
    if (!Files.isRegularFile(program)) {
      throw unusable(program, "is not there; install Firecracker, or correct the path");
    }
    if (!Files.isExecutable(program)) {
      throw unusable(program, "cannot be executed by this user; chmod +x it");
    }
  }

  private static void requireSupported(Path program, int major, int minor) {
    if (major != 1 || minor < OLDEST_MINOR || minor == BROKEN_MINOR) {
      throw unusable(
          program,
          "is version %d.%d; use 1.15, or 1.17 and newer 1.x (in 1.16 a guest that was stopped is out of reach)"
              .formatted(major, minor));
    }
  }

  private static String ask(Path program, String flag) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), flag).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readNBytes(MAX_OUTPUT_BYTES), UTF_8);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw unusable(program, "does not answer " + flag);
      }
      return output;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "%s cannot be run: %s; is it built for this machine?".formatted(program, e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unusable(program, "was not waited for");
    }
  }

  private static OmniRunException unusable(Path program, String reason) {
    return new OmniRunException(ErrorCode.CONFIGURATION_INVALID, program + " " + reason);
  }
}
