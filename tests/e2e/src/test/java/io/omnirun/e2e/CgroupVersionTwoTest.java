package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.program.GoBuild;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The launcher's control groups on a kernel with version 2 alone: that of a guest of ours, where
 * the launcher's own tests of them run as root, whatever the host of this test has.
 */
class CgroupVersionTwoTest extends SharedServer {
  private static final String TESTS = "./launcher/internal/cgroup";
  private static final String PLACE = "/root/tests";

  /** As a service manager delegates a group: the launcher finds itself alone in it. */
  private static final String AS_SERVICE =
      """
      set -e
      chmod 755 %s
      cd /sys/fs/cgroup
      echo '+cpu +memory +pids +io' > cgroup.subtree_control
      mkdir launcher.service
      echo $$ > launcher.service/cgroup.procs
      export OMNIRUN_CGROUP_VERSION=2 TMPDIR=/tmp
      exec %s -test.v
      """
          .formatted(PLACE, PLACE);

  @Test
  void theLaunchersGroupsLimitProcesses() throws Exception {
    String id = client().createSandbox();
    upload(id);

    String output =
        client().run(id, Map.of("command", AS_SERVICE, "timeout", 300)).expect(200).text("stdout");

    assertThat(output)
        .contains("--- PASS: TestTheHostHasTheVersionThatWasExpected")
        .contains("--- PASS: TestAForgottenGroupIsFoundEmptiedAndRemoved")
        .contains("--- PASS: TestAProcessThatTakesMoreMemoryThanItsGroupHasIsKilledAndCounted")
        .contains("--- PASS: TestAGroupGetsNoMoreProcessesThanItMayHave")
        .contains("--- PASS: TestAGroupThatUsesMoreOfTheProcessorThanItMayIsThrottled")
        .doesNotContain("--- SKIP")
        .doesNotContain("--- FAIL")
        .endsWith("PASS\n");
    client().delete("/sandboxes/" + id).expect(204);
  }

  private void upload(String id) throws IOException {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    form.writeBytes(
        ("--XX\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n"
                + PLACE
                + "\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"tests\"\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8));
    form.writeBytes(Files.readAllBytes(GoBuild.testOf(TESTS)));
    form.writeBytes("\r\n--XX--\r\n".getBytes(StandardCharsets.UTF_8));
    client()
        .send(
            client()
                .request("/sandboxes/" + id + "/files/upload")
                .header("Content-Type", "multipart/form-data; boundary=XX")
                .POST(BodyPublishers.ofByteArray(form.toByteArray())))
        .expect(200);
  }
}
