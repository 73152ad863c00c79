package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.Map;

/** How fast a server is ready, and whether its memory grows with the sandboxes it has had. */
final class ServerLife implements Scenario {
  private static final int STARTS = 10;
  private static final int ROUNDS = 100;
  private static final double PROMISED_START_MS = 3000;
  private static final double PROMISED_GROWTH_MIB = 5;

  @Override
  public String name() {
    return "server-life";
  }

  @Override
  public void run(Report report) {
    Samples starts = new Samples();
    try (TestServer server = TestServer.start(Map.of("pool", "*=0"))) {
      for (int i = 0; i < STARTS; i++) {
        server.stopServer();
        starts.time(
            () -> {
              server.startServer();
              return server;
            });
      }
      ApiClient client = server.clientOfNewAccount(10);
      churn(client);
      double after100 = server.residentMebibytesAfterCollection();
      churn(client);
      double after200 = server.residentMebibytesAfterCollection();
      report.durations("server start to ready", starts);
      report.figure(
          "server RSS after 100 create/delete rounds (-Xmx256m)", "%.1f MiB".formatted(after100));
      report.figure("server RSS after 200 create/delete rounds", "%.1f MiB".formatted(after200));
      report.verdict(
          "server start to ready ≤ 3 s",
          "p50 %.0f ms".formatted(starts.percentile(50)),
          starts.percentile(50) <= PROMISED_START_MS);
      report.verdict(
          "RSS grows ≤ 5 MB from 100 to 200 rounds",
          "%.1f MiB".formatted(after200 - after100),
          after200 - after100 <= PROMISED_GROWTH_MIB);
    }
  }

  private static void churn(ApiClient client) {
    for (int i = 0; i < ROUNDS; i++) {
      client.delete("/sandboxes/" + client.createSandbox()).expect(204);
    }
  }
}
