package io.omnirun.bench;

import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * Create from the pool, identity included, and the first command after it; the pool is full again
 * before each.
 */
final class PooledCreates implements Scenario {
  private static final int WARM_UPS = 20;
  private static final int ROUNDS = 100;
  private static final double PROMISED_P50_MS = 50;

  /** The clones of the pool are processes before they are ready: what is left of that is short. */
  private static final Duration SETTLING = Duration.ofMillis(1500);

  @Override
  public String name() {
    return "pooled-creates";
  }

  @Override
  public void run(Report report) {
    Samples creates = new Samples();
    Samples commands = new Samples();
    try (TestServer server =
            TestServer.start(Map.of("templates.enabled", "playground", "pool", "playground=2"));
        BareApi api = BareApi.ofWarmServer(server, server.clientOfNewAccount(10))) {
      for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
        awaitFullPool(server);
        boolean counts = i >= WARM_UPS;
        createAndRun(api, counts ? creates : new Samples(), counts ? commands : new Samples());
      }
    }
    report.durations("create from the pool (`playground`)", creates);
    report.durations("its first command, `true`", commands);
    report.verdict(
        "create from the pool: p50 ≤ 50 ms",
        "%.1f ms".formatted(creates.percentile(50)),
        creates.percentile(50) <= PROMISED_P50_MS);
  }

  private static void createAndRun(BareApi api, Samples creates, Samples commands) {
    String id = creates.time(() -> api.create("playground"));
    commands.time(() -> api.run(id, "true"));
    api.kill(id);
  }

  private static void awaitFullPool(TestServer server) {
    Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> server.vmms().size() == 2);
    Awaitility.await().pollDelay(SETTLING).atMost(SETTLING.multipliedBy(4)).until(() -> true);
  }
}
