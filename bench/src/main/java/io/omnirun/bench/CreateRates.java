package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** How many sandboxes a second come of so many creates at once, without a pool to draw on. */
final class CreateRates implements Scenario {
  private static final List<Integer> AT_ONCE = List.of(1, 10, 20, 50);

  /** For each of them, in rounds; the sandboxes of a round are gone before the next. */
  private static final int CREATES = 50;

  private static final double NANOS_PER_SECOND = 1e9;

  @Override
  public String name() {
    return "create-rates";
  }

  @Override
  public void run(Report report) {
    try (TestServer server =
        TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"))) {
      ApiClient client = server.clientOfNewAccount(CREATES);
      round(client, CREATES / 10); // what the JVM has not run yet is slow
      for (int atOnce : AT_ONCE) {
        int rounds = Math.ceilDiv(CREATES, atOnce);
        double seconds = 0;
        for (int i = 0; i < rounds; i++) {
          seconds += round(client, atOnce);
        }
        report.figure(
            "creates per second, %d at once, no pool".formatted(atOnce),
            "%.1f/s".formatted(rounds * atOnce / seconds));
      }
    }
  }

  /** The seconds until the last of them has answered. */
  private static double round(ApiClient client, int atOnce) {
    long begun = System.nanoTime();
    List<String> ids =
        together(atOnce, () -> client.createSandbox(Map.of("template", "playground")));
    double seconds = (System.nanoTime() - begun) / NANOS_PER_SECOND;
    ids.forEach(id -> client.delete("/sandboxes/" + id).expect(204));
    return seconds;
  }

  private static List<String> together(int count, Supplier<String> create) {
    List<CompletableFuture<String>> creates =
        Stream.generate(() -> CompletableFuture.supplyAsync(create, Thread::startVirtualThread))
            .limit(count)
            .toList();
    return creates.stream().map(CompletableFuture::join).toList();
  }
}
