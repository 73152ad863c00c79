package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.machine.launcher.LauncherClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldGoldensTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @Test
  void launcherLetsGoWhatIsNotWantedAndNothingElse() throws Exception {
    Path socket = directory.resolve("launcher.sock");
    try (FakeLauncher launcher = new FakeLauncher(socket);
        LauncherClient client = new LauncherClient(socket, exit -> {})) {
      launcher.held.addAll(List.of("00aa", "00bb", "00cc"));
      new HeldGoldens(directory, client).releaseAllBut(Set.of("00bb", "00dd"));
      assertThat(launcher.held).containsExactly("00bb");
    }
  }
}
