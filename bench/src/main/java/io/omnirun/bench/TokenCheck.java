package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;

/**
 * What it costs to find out whose a token is: two requests that are refused for their empty body,
 * of which one had to show a token first; interleaved.
 */
final class TokenCheck implements Scenario {
  private static final int WARM_UPS = 2_000;
  private static final int ROUNDS = 4_000;
  private static final double PROMISED_ADDED_MS = 0.2;
  private static final int BAD_REQUEST = 400;

  @Override
  public String name() {
    return "token-check";
  }

  @Override
  public void run(Report report) {
    Samples checked = new Samples();
    Samples open = new Samples();
    try (TestServer server = TestServer.start()) {
      ApiClient client = server.client();
      ApiClient anonymous = client.withKey("");
      for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
        boolean warm = i >= WARM_UPS;
        (warm ? checked : new Samples())
            .time(() -> client.post("/webhooks", "").expect(BAD_REQUEST));
        (warm ? open : new Samples())
            .time(() -> anonymous.post("/auth/otp/verify", "").expect(BAD_REQUEST));
      }
    }
    report.durations("a refused request with a token", checked);
    report.durations("a refused request without one", open);
    double added = checked.percentile(50) - open.percentile(50);
    report.verdict(
        "a token check adds p50 ≤ 0.2 ms", "%.3f ms".formatted(added), added <= PROMISED_ADDED_MS);
  }
}
