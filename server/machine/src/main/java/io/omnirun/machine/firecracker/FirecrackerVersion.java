package io.omnirun.machine.firecracker;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Firecracker by its own word.
 *
 * @param version {@code 1.15.1} say
 * @param snapshots of the form of its snapshots, which changes with nearly every minor version
 */
public record FirecrackerVersion(String version, String snapshots) {
  private static final Pattern FORM = Pattern.compile("(\\d+)\\.(\\d+)\\..*");

  /** 1.15 stopped the reuse of vsock ports after a restore. */
  private static final int OLDEST_MINOR = 15;

  /**
   * In 1.16 nobody connects to a guest any more that was stopped and let run on without a snapshot
   * (firecracker-microvm/firecracker#6100, mended on main).
   */
  private static final int BROKEN_MINOR = 16;

  /** Why it is of no use, with what to do; empty: it can be used. */
  public Optional<String> problem() {
    Matcher parts = FORM.matcher(version);
    if (parts.matches() && isSupported(number(parts, 1), number(parts, 2))) {
      return Optional.empty();
    }
    return Optional.of(
        "Firecracker %s is not supported; use 1.15, or 1.17 and newer 1.x (in 1.16 a guest that was stopped is out of reach)"
            .formatted(version));
  }

  private static int number(Matcher parts, int group) {
    return Integer.parseInt(parts.group(group));
  }

  private static boolean isSupported(int major, int minor) {
    return major == 1 && minor >= OLDEST_MINOR && minor != BROKEN_MINOR;
  }
}
