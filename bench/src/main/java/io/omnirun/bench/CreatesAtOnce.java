package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Ten creates at once, without help from a pool for most of them. */
final class CreatesAtOnce implements Scenario {
  private static final int AT_ONCE = 10;
  private static final int ROUNDS = 5;
  private static final double PROMISED_P95_MS = 5000;

  @Override
  public String name() {
    return "creates-at-once";
  }

  @Override
  public void run(Report report) {
    Samples samples = new Samples();
    try (TestServer server =
        TestServer.start(Map.of("templates.enabled", "playground", "pool", "playground=2"))) {
      ApiClient client = server.clientOfNewAccount(AT_ONCE);
      for (int round = 0; round < ROUNDS; round++) {
        createTogether(client, samples)
            .forEach(id -> client.delete("/sandboxes/" + id).expect(204));
      }
    }
    report.durations("each of 10 creates at once", samples);
    report.verdict(
        "10 creates at once: all succeed, p95 ≤ 5 s",
        "%.0f ms".formatted(samples.percentile(95)),
        samples.percentile(95) <= PROMISED_P95_MS);
  }

  private static List<String> createTogether(ApiClient client, Samples samples) {
    List<CompletableFuture<String>> creates =
        IntStream.range(0, AT_ONCE)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> timedCreate(client, samples), Thread::startVirtualThread))
            .toList();
    return creates.stream().map(CompletableFuture::join).toList();
  }

  private static String timedCreate(ApiClient client, Samples samples) {
    long start = System.nanoTime();
    String id = client.createSandbox(Map.of("template", "playground"));
    synchronized (samples) {
      samples.add((System.nanoTime() - start) / 1e6);
    }
    return id;
  }
}
