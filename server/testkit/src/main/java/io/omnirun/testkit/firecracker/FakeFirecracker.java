package io.omnirun.testkit.firecracker;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Installs the fake Firecracker where a test wants a binary.
 *
 * <p>It proves that a driver keeps to the API: order and state of calls, names of fields, files
 * that must be there, stale sockets, a process that ends after a failed restore, connections that
 * die with a snapshot. It proves the way of bytes above the VMM, with the real agent. It cannot
 * prove what KVM does: that the kernel boots, that memory is shared and restored, that a guest's
 * processes go on, seccomp, or how long anything takes.
 */
public final class FakeFirecracker {
  /** What it can be told to do wrong. */
  public enum Fault {
    /** A snapshot meets a full disk. */
    CREATE_NO_SPACE,
    /** A restore is answered with 400, and the process ends. */
    LOAD_FAILS,
    /** A guest that boots never gets as far as its vsock driver. */
    GUEST_HANGS,
    /** A guest that boots resets at once, and the process ends with it. */
    GUEST_RESETS;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What its guest writes to the serial port. */
  public static final String SAID_BY_GUEST = "said by the guest of the fake";

  private FakeFirecracker() {}

  /**
   * Writes the program, replacing one that is there.
   *
   * @param agent the real agent's binary
   */
  public static Path install(Path directory, Path agent, String version, Set<Fault> faults)
      throws IOException {
    String classes =
        List.of(FakeFirecracker.class, ObjectMapper.class, JsonParser.class, JsonProperty.class)
            .stream()
            .map(FakeFirecracker::location)
            .collect(Collectors.joining(":"));
    Set<Fault> wanted = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
    String script =
        """
        #!/bin/sh
        # OmniRun's FAKE Firecracker: no virtual machine runs in it.
        export %s='%s' %s='%s' %s='%s'
        exec '%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp '%s' %s "$@"
        """
            .formatted(
                FakeFirecrackerMain.VERSION_VARIABLE,
                version,
                FakeFirecrackerMain.AGENT_VARIABLE,
                agent,
                FakeFirecrackerMain.FAULTS_VARIABLE,
                wanted.stream().map(Fault::text).collect(Collectors.joining(",")),
                Path.of(System.getProperty("java.home"), "bin", "java"),
                classes,
                FakeFirecrackerMain.class.getName());
    Path program = Files.writeString(directory.resolve("firecracker-fake"), script);
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("classes lie in files", e);
    }
  }
}
