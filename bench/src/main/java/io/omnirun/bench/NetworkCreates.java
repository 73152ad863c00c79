package io.omnirun.bench;

import io.omnirun.testkit.network.TestInternet;
import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * What the internet adds to a create from the pool: each create with it beside one without, the
 * pool full before both, on a host of the benchmark's own.
 */
final class NetworkCreates implements Scenario {
  private static final int WARM_UPS = 20;
  private static final int ROUNDS = 60;
  private static final double PROMISED_ADDED_MS = 5;

  /** The clones of the pool are processes before they are ready: what is left of that is short. */
  private static final Duration SETTLING = Duration.ofMillis(1500);

  @Override
  public String name() {
    return "network-creates";
  }

  @Override
  public void run(Report report) {
    Samples plain = new Samples();
    Samples linked = new Samples();
    try (TestInternet internet = TestInternet.start();
        TestServer server = TestServer.start(Map.of("pool", "base=1"), internet);
        BareApi api = BareApi.ofWarmServer(server, server.clientOfNewAccount(10))) {
      for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
        boolean counts = i >= WARM_UPS;
        awaitFullPool(server);
        api.kill((counts ? plain : new Samples()).time(() -> api.create("base")));
        awaitFullPool(server);
        api.kill((counts ? linked : new Samples()).time(() -> api.createWithInternet("base")));
      }
    }
    report.durations("create from the pool (`base`)", plain);
    report.durations("the same with `internet`", linked);
    Added added = Added.of(linked, plain);
    report.verdict(
        "internet adds p50 ≤ 5 ms to a create",
        added.toString(),
        added.median() <= PROMISED_ADDED_MS);
  }

  private static void awaitFullPool(TestServer server) {
    Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> server.vmms().size() == 1);
    Awaitility.await().pollDelay(SETTLING).atMost(SETTLING.multipliedBy(4)).until(() -> true);
  }
}
