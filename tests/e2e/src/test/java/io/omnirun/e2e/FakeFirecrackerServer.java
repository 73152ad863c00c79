package io.omnirun.e2e;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.omnirun.testkit.firecracker.JailedFakes;
import io.omnirun.testkit.server.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;

/**
 * A server and its launcher with the FAKE Firecracker in the jail's place: that the three fit
 * together. It says nothing about a real Firecracker, and no virtual machine runs: what stands for
 * a guest's memory is its directory /mnt.
 */
abstract class FakeFirecrackerServer extends SharedServer {
  private @Nullable JailedFakes fakes;

  @Override
  final TestServer newServer() {
    assumeTrue(
        Files.exists(Path.of("/dev/kvm")),
        "SKIPPED: a launcher starts no Firecracker, a fake neither, where there is no /dev/kvm");
    fakes = JailedFakes.start();
    Map<String, String> all = new HashMap<>(settings());
    all.put("vmm.kind", "firecracker");
    return TestServer.start(
        all, isJailed() ? fakes.launcherOptionsWithJailer() : fakes.launcherOptions());
  }

  /** Whether a FAKE jailer starts what the launcher starts. */
  abstract boolean isJailed();

  @AfterAll
  @Override
  final void closeServer() {
    try (JailedFakes _ = fakes) {
      super.closeServer();
    }
  }

  @Override
  final String logs() {
    return super.logs() + requireNonNull(fakes).logs();
  }
}
