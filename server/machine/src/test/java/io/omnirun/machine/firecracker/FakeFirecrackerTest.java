package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.PauseSeal;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Has the FAKE Firecracker for each test. */
abstract class FakeFirecrackerTest {
  static final PauseSeal SEAL = new PauseSeal(new byte[32], "test");

  /** A machine's memory and ten MiB for the state of its devices. */
  static final long ROOM_FOR_ONE = (FakeInstallation.SIZE.memoryMib() + 10) * 1024L * 1024;

  @TempDir Path directory;
  FakeInstallation fake;

  @BeforeEach
  void installFake() throws IOException {
    fake = FakeInstallation.asRoot(directory);
  }

  @AfterEach
  void closeFake() {
    if (fake != null) {
      fake.close();
    }
  }

  final GoldenSnapshot buildGolden() {
    return fake.builder(fake.settings()).build(FakeInstallation.recipe(), step -> {});
  }
}
