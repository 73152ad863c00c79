package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.Map;

/**
 * Memory of each of 10 idle sandboxes that have answered a command, and of each of 100 where the
 * host has room for them: what they share weighs less the more there are.
 */
final class SandboxMemory implements Scenario {
  private static final int FEW = 10;
  private static final int MANY = 100;

  /** The rest of the host must go on: the server, the page cache of what is measured. */
  private static final double RESERVE_MIB = 2048;

  @Override
  public String name() {
    return "sandbox-memory";
  }

  @Override
  public void run(Report report) {
    try (TestServer server =
        TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"))) {
      ApiClient client = client(server);
      create(client, FEW);
      double each = mebibytesEach(server);
      report.figure(what(FEW), "%.1f MiB".formatted(each));
      double wanted = each * (MANY - FEW) + RESERVE_MIB;
      if (ProcessMemory.availableMebibytes() < wanted) {
        report.figure(what(MANY), "not measured: that takes %.0f MiB".formatted(wanted));
        return;
      }
      create(client, MANY - FEW);
      report.figure(what(MANY), "%.1f MiB".formatted(mebibytesEach(server)));
    }
  }

  /** Of an account that may have so many: by default it may not have the CPUs. */
  private static ApiClient client(TestServer server) {
    ApiClient client = server.clientOfNewAccount(MANY);
    String account = client.get("/auth/me").expect(200).text("id");
    server.admin("limits", account, "--max-vcpus", Integer.toString(MANY));
    return client;
  }

  private static String what(int count) {
    return "memory (PSS) of a sandbox that answered one command, of " + count;
  }

  private static void create(ApiClient client, int count) {
    for (int i = 0; i < count; i++) {
      client.run(client.createSandbox(Map.of("template", "playground")), "true").expect(200);
    }
  }

  private static double mebibytesEach(TestServer server) {
    return ProcessMemory.mebibytesEach(server.vmms().stream().map(ProcessHandle::pid).toList());
  }
}
