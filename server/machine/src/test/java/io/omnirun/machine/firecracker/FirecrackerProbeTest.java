package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** With the FAKE Firecracker: no guest was run under KVM. */
class FirecrackerProbeTest extends FakeFirecrackerTest {

  @Test
  void aGuestThatAnswersIsTheProof() {
    ProbeResult result = probe(FirecrackerProbe.PATIENCE);

    assertThat(result.answered()).isTrue();
    assertThat(result.reason()).startsWith("a guest under Firecracker answered after");
  }

  @Test
  void aGuestThatNeverListensIsWaitedForNoLongerThanThat() throws Exception {
    fake.install("1.15.1", Set.of(Fault.GUEST_HANGS));

    ProbeResult result = probe(Duration.ofSeconds(1));

    assertThat(result.answered()).isFalse();
    assertThat(result.reason()).contains("did not answer within 1 s");
  }

  @Test
  void aVmmThatEndsWithItsGuestIsSaidToHaveEnded() throws Exception {
    fake.install("1.15.1", Set.of(Fault.GUEST_RESETS));

    ProbeResult result = probe(FirecrackerProbe.PATIENCE);

    assertThat(result.answered()).isFalse();
    assertThat(result.reason()).contains("did not answer: Firecracker ended with 0");
  }

  @Test
  void aProgramThatIsNoFirecrackerIsSaidToBeNone() throws Exception {
    Files.writeString(directory.resolve("firecracker-fake"), "#!/bin/sh\necho broken\n");

    ProbeResult result = probe(FirecrackerProbe.PATIENCE);

    assertThat(result.answered()).isFalse();
    assertThat(result.reason()).contains("could not be started", "broken");
  }

  private ProbeResult probe(Duration patience) {
    ProbeResult result = fake.probe(patience).run(fake.kernel(), FakeInstallation.IMAGE);
    assertThat(fake.vmms.living()).isEmpty();
    assertThat(fake.machines).isEmptyDirectory();
    return result;
  }
}
