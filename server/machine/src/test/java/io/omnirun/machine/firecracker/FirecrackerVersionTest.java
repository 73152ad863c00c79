package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.firecracker.FakeFirecracker;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirecrackerVersionTest {
  @Test
  void theFakeTellsWhatItPlays(@TempDir Path directory) throws Exception {
    Path fake = FakeFirecracker.install(directory, directory, "1.15.1", Set.of());

    assertThat(FirecrackerBinary.ask(fake)).isEqualTo(new FirecrackerVersion("1.15.1", "v9.0.0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.15.1", "1.17.0", "1.20.3-dev"})
  void versionsThatCanBeUsedAreTaken(String version) {
    assertThat(new FirecrackerVersion(version, "v9.0.0").problem()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.25.2", "1.14.4", "1.16.0", "1.16.1", "2.0.0", "what"})
  void otherVersionsAreRefusedWithWhatToDo(String version) {
    assertThat(new FirecrackerVersion(version, "v9.0.0").problem())
        .hasValueSatisfying(
            problem -> assertThat(problem).contains(version, "use 1.15, or 1.17 and newer 1.x"));
  }
}
