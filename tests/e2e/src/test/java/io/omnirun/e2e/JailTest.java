package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JailTest extends SharedServer {
  @Test
  void realVmmHasNoPrivilegeAndSharesNoNamespaceOrUser() throws IOException {
    String one = client().createSandbox();
    String other = client().createSandbox();
    List<ProcessHandle> vmms = server().vmms();
    assertThat(vmms).hasSize(2);
    for (ProcessHandle vmm : vmms) {
      Map<String, String> status = status(vmm);
      List<String> uids = List.of(status.getOrDefault("Uid", "0").split("\\s+"));
      assertThat(Set.copyOf(uids)).hasSize(1).doesNotContain("0");
      assertThat(status.get("Groups")).isBlank();
      assertThat(status.get("CapEff")).matches("0+");
      assertThat(status.get("CapPrm")).matches("0+");
      assertThat(status.get("CapBnd")).matches("0+");
      assertThat(status.get("NoNewPrivs")).isEqualTo("1");
      assertThat(status.get("Seccomp")).isEqualTo("2");
    }
    assertThat(status(vmms.getFirst()).get("Uid")).isNotEqualTo(status(vmms.getLast()).get("Uid"));
    for (String kind : List.of("mnt", "pid", "net", "ipc", "uts")) {
      assertThat(
              List.of(
                  namespace("self", kind),
                  namespace(pid(vmms.getFirst()), kind),
                  namespace(pid(vmms.getLast()), kind)))
          .as("%s namespaces", kind)
          .doesNotHaveDuplicates();
    }
    client().delete("/sandboxes/" + one).expect(204);
    client().delete("/sandboxes/" + other).expect(204);
  }

  @Test
  void theServerItselfIsNotRoot() {
    List<String> users =
        ProcessHandle.allProcesses()
            .filter(
                process ->
                    process
                        .info()
                        .commandLine()
                        .orElse("")
                        .contains(server().stateDirectory().toString()))
            .filter(
                process -> process.info().commandLine().orElse("").contains("io.omnirun.app.Main"))
            .map(process -> process.info().user().orElse("?"))
            .toList();
    assertThat(users).isNotEmpty().containsOnly(Installation.SERVICE_USER);
  }

  private static String pid(ProcessHandle process) {
    return Long.toString(process.pid());
  }

  private static Map<String, String> status(ProcessHandle process) throws IOException {
    return Files.readAllLines(Path.of("/proc", pid(process), "status")).stream()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].strip()));
  }

  private static String namespace(String pid, String kind) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc", pid, "ns", kind)).toString();
  }
}
