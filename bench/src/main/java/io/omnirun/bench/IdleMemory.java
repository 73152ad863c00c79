package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Memory of 20 idle sandboxes, against 20 clones made by hand from the same snapshot. Both are
 * measured when all are there: a page that 40 processes share counts a fortieth for each.
 */
final class IdleMemory implements Scenario {
  private static final int COUNT = 20;
  private static final double PROMISED_RATIO = 1.1;

  @Override
  public String name() {
    return "idle-memory";
  }

  @Override
  public void run(Report report) {
    Path script = RawClone.script();
    List<RawClone> clones = new ArrayList<>();
    try (GuestHttp http = GuestHttp.start();
        TestServer server =
            TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"))) {
      ApiClient client = server.clientOfNewAccount(COUNT);
      for (int i = 0; i < COUNT; i++) {
        client.run(client.createSandbox(Map.of("template", "playground")), "true").expect(200);
      }
      long like = server.vmms().getFirst().pid();
      Path golden = server.goldenDirectory("playground");
      for (int i = 0; i < COUNT; i++) {
        RawClone clone = RawClone.prepare(like, golden, script);
        clones.add(clone);
        AgentClient agent = clone.restore(http);
        BareCommand.run(agent);
      }
      double ours =
          ProcessMemory.mebibytesEach(server.vmms().stream().map(ProcessHandle::pid).toList());
      double raw = ProcessMemory.mebibytesEach(clones.stream().map(RawClone::pid).toList());
      report.figure("memory (PSS) of an idle sandbox, of 20", "%.1f MiB".formatted(ours));
      report.figure("memory (PSS) of a clone by hand, of 20", "%.1f MiB".formatted(raw));
      report.verdict(
          "idle memory ≤ 1.1 × by hand",
          "%.2f ×".formatted(ours / raw),
          ours / raw <= PROMISED_RATIO);
    } finally {
      clones.forEach(RawClone::close);
    }
  }
}
