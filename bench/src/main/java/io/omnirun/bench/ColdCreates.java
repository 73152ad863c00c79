package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.testkit.server.TestServer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Create without a pool until the first command has answered, against QEMU and a client by hand;
 * interleaved.
 */
final class ColdCreates implements Scenario {
  private static final int WARM_UPS = 20;
  private static final int ROUNDS = 40;
  private static final double PROMISED_RATIO = 1.25;
  private static final double PROMISED_P95_MS = 1000;

  @Override
  public String name() {
    return "cold-creates";
  }

  @Override
  public void run(Report report) {
    Samples ours = new Samples();
    Samples raw = new Samples();
    Path script = RawClone.script();
    try (GuestHttp http = GuestHttp.start();
        TestServer server =
            TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"));
        BareApi api = BareApi.ofWarmServer(server, server.clientOfNewAccount(10))) {
      WarmClient.warm(http);
      String model = api.create("playground");
      long like = server.vmms().getFirst().pid();
      Path golden = server.goldenDirectory("playground");
      for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
        boolean counts = i >= WARM_UPS;
        createAndRun(api, counts ? ours : new Samples());
        restoreAndRun(http, like, golden, script, counts ? raw : new Samples());
      }
      api.kill(model);
    }
    report.durations("create without pool → first command answered", ours);
    report.durations("the same by hand: QEMU restore, bare client", raw);
    double ratio = ours.percentile(50) / raw.percentile(50);
    report.verdict(
        "cold create ≤ 1.25 × by hand", "%.2f ×".formatted(ratio), ratio <= PROMISED_RATIO);
    report.verdict(
        "cold create: p95 under 1 s",
        "%.0f ms".formatted(ours.percentile(95)),
        ours.percentile(95) < PROMISED_P95_MS);
  }

  private static void createAndRun(BareApi api, Samples samples) {
    String id =
        samples.time(
            () -> {
              String created = api.create("playground");
              api.run(created, "true");
              return created;
            });
    api.kill(id);
  }

  private static void restoreAndRun(
      GuestHttp http, long like, Path golden, Path script, Samples samples) {
    try (RawClone clone = RawClone.prepare(like, golden, script)) {
      samples.time(
          () -> {
            AgentClient agent = clone.restore(http);
            BareCommand.run(agent);
            return agent;
          });
    }
  }
}
