package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.Map;

/**
 * 64 MB into and out of a file through the API, against the same bytes over one stream to a program
 * in the guest.
 */
final class FileTransfers implements Scenario {
  private static final int WARM_UPS = 2;
  private static final int ROUNDS = 12;
  private static final int FILE_BYTES = 64 * 1024 * 1024;
  private static final double PROMISED_RATIO = 0.7;

  @Override
  public String name() {
    return "file-transfers";
  }

  @Override
  public void run(Report report) {
    Samples writes = new Samples();
    Samples bareWrites = new Samples();
    Samples reads = new Samples();
    Samples bareReads = new Samples();
    try (TestServer server =
        TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"))) {
      ApiClient client = server.clientOfNewAccount(10);
      String id = client.createSandbox(Map.of("template", "playground", "timeout", 3600));
      BareFiles bare = BareFiles.start(client, id, server.guestSocket());
      String content = "0123456789abcdef".repeat(FILE_BYTES / 16);
      String body = "{\"path\":\"/tmp/file\",\"content\":\"" + content + "\"}";
      for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
        boolean counts = i >= WARM_UPS;
        pick(counts, writes).time(() -> client.post("/sandboxes/" + id + "/files", body));
        pick(counts, bareWrites).time(() -> bare.write(content));
        pick(counts, reads).time(() -> client.readFile(id, "/tmp/file").expect(200));
        pick(counts, bareReads).time(bare::read);
      }
      client.delete("/sandboxes/" + id).expect(204);
    }
    row(report, "write", writes, bareWrites);
    row(report, "read", reads, bareReads);
  }

  private static Samples pick(boolean counts, Samples samples) {
    return counts ? samples : new Samples();
  }

  private static void row(Report report, String direction, Samples ours, Samples bare) {
    report.durations("file " + direction + " of 64 MB through the API", ours);
    report.durations("the same bytes over one stream, bare program in the guest", bare);
    double ratio = bare.percentile(50) / ours.percentile(50);
    report.verdict(
        "file " + direction + " ≥ 0.7 × the bare rate",
        "%.2f ×".formatted(ratio),
        ratio >= PROMISED_RATIO);
  }
}
