package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * What a thousand credentials of 200 bytes add to a create from the pool: each create with them
 * beside one without, the pool full before both.
 */
final class VaultInjection implements Scenario {
  private static final int WARM_UPS = 20;
  private static final int ROUNDS = 60;
  private static final int CREDENTIALS = 1_000;
  private static final int VALUE_BYTES = 200;
  private static final double PROMISED_ADDED_MS = 50;

  /** The clones of the pool are processes before they are ready: what is left of that is short. */
  private static final Duration SETTLING = Duration.ofMillis(1500);

  @Override
  public String name() {
    return "vault-injection";
  }

  @Override
  public void run(Report report) {
    Samples plain = new Samples();
    Samples injected = new Samples();
    try (TestServer server = TestServer.start(Map.of("pool", "base=1"))) {
      ApiClient account = server.clientOfNewAccount(10);
      fillVault(account);
      try (BareApi api = BareApi.ofWarmServer(server, account)) {
        for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
          boolean counts = i >= WARM_UPS;
          awaitFullPool(server);
          api.kill((counts ? plain : new Samples()).time(() -> api.create("base")));
          awaitFullPool(server);
          api.kill((counts ? injected : new Samples()).time(() -> api.createWithVault("base")));
        }
      }
    }
    report.durations("create from the pool (`base`)", plain);
    report.durations("the same with 1,000 credentials of 200 bytes", injected);
    double added = injected.percentile(50) - plain.percentile(50);
    report.verdict(
        "1,000 credentials of 200 bytes add p50 ≤ 50 ms to a create",
        "%.1f ms".formatted(added),
        added <= PROMISED_ADDED_MS);
  }

  private static void fillVault(ApiClient account) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < CREDENTIALS; i++) {
      values.put("CREDENTIAL_%04d".formatted(i), "x".repeat(VALUE_BYTES));
    }
    account.post("/vault/credentials", Map.of("credentials", values)).expect(201);
  }

  private static void awaitFullPool(TestServer server) {
    Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> server.vmms().size() == 1);
    Awaitility.await().pollDelay(SETTLING).atMost(SETTLING.multipliedBy(4)).until(() -> true);
  }
}
