package io.omnirun.images;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version of Debian's kernel for virtual machines.
 *
 * @param name of the package, {@code linux-image-6.1.0-56-cloud-amd64} say
 * @param version of the package
 */
record KernelPackage(String name, String version) {
  /** Depends on the newest kernel package there is. */
  private static final String META_PACKAGE = "linux-image-cloud-amd64";

  private static final Pattern DEPENDENCY =
      Pattern.compile("\\s*Depends: (linux-image-[a-z0-9.+-]+)");
  private static final Pattern VERSION = Pattern.compile("Version: ([A-Za-z0-9.+:~-]+)");

  /** The newest one in the package lists of this host; reads no network. */
  static KernelPackage newest(ProcessRunner runner) throws ProgramFailedException {
    String name =
        firstMatch(DEPENDENCY, runner.run(Program.quick("apt-cache", "depends", META_PACKAGE)));
    String version =
        firstMatch(
            VERSION, runner.run(Program.quick("apt-cache", "show", "--no-all-versions", name)));
    return new KernelPackage(name, version);
  }

  /** How apt names exactly this version. */
  String exactName() {
    return name + "=" + version;
  }

  private static String firstMatch(Pattern pattern, List<String> lines)
      throws ProgramFailedException {
    Optional<String> match =
        lines.stream()
            .map(pattern::matcher)
            .filter(matcher -> matcher.matches())
            .map(matcher -> matcher.group(1))
            .findFirst();
    if (match.isEmpty()) {
      String reason = "does not know the kernel package; run apt-get update on the host";
      throw new ProgramFailedException("apt-cache", reason, lines, null);
    }
    return match.get();
  }
}
