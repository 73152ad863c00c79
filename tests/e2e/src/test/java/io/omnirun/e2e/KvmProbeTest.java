package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a host has behind /dev/kvm (hardware, a software hypervisor that hangs a stock kernel,
 * nothing), a guest is really run there and the truth about it is told.
 */
class KvmProbeTest {
  private static final String ANSWERED = "a guest under KVM answered after ";

  /** All that can become of a guest that does not answer. */
  private static final String FAILED =
      "a guest under KVM (was tried and did not answer( within 30 s|: its virtual machine .*)"
          + "|could not be started: .*)";

  /** The probe gives its guest half a minute; the rest is for a host that is busy with others. */
  @Timeout(300)
  @Test
  void doctorRunsAGuestUnderKvmTellsTheTruthAndLeavesNothing() throws Exception {
    try (TestServer server = TestServer.startLauncherOnly()) {
      List<String> report = runDoctor(server);
      String kvm = finding(report, "kvm");
      String accelerator = finding(report, "accelerator");
      System.out.println(kvm + System.lineSeparator() + accelerator);

      if (!Files.exists(Path.of("/dev/kvm"))) {
        assertThat(kvm).startsWith("not there: no /dev/kvm");
      } else if (kvm.startsWith("usable: ")) {
        assertThat(kvm).containsPattern("and " + ANSWERED + "[0-9]+\\.[0-9] s");
      } else {
        assertThat(kvm).startsWith("not usable: ").containsPattern("but " + FAILED);
        assertThat(accelerator).startsWith("TCG: ");
      }
      assertThat(server.leftovers()).isEmpty();
    }
  }

  private static List<String> runDoctor(TestServer server)
      throws IOException, InterruptedException {
    Process doctor = server.command("doctor", "--probe");
    try (BufferedReader output = doctor.inputReader()) {
      return output.lines().toList();
    } finally {
      doctor.destroyForcibly().waitFor();
    }
  }

  private static String finding(List<String> report, String subject) {
    return report.stream()
        .map(line -> line.split(" +", 3))
        .filter(columns -> columns.length == 3 && columns[1].equals(subject))
        .map(columns -> columns[2])
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + subject + " in " + report));
  }
}
