package io.omnirun.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * How much more memory the server takes while 1 GiB goes into a file and out again: what stays
 * after a collection in the midst of it, which is what it needs. It is measured again and again
 * until the transfer is over. Of the template with the larger disk: the small one's does not hold
 * the file.
 */
final class LargeFiles implements Scenario {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int FILE_PIECES = 1024;

  /** After these the JVM has compiled what the bytes go through, and has its buffers. */
  private static final int WARM_UP_PIECES = 128;

  private static final int WARM_UPS = 2;
  private static final double PROMISED_MIB = 32;
  private static final String FILE = "/root/large";

  private final byte[] piece = new byte[PIECE_BYTES];

  LargeFiles() {
    new Random(20261124).nextBytes(piece);
  }

  @Override
  public String name() {
    return "large-files";
  }

  @Override
  public void run(Report report) {
    try (HttpClient http = HttpClient.newHttpClient();
        TestServer server =
            TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"))) {
      ApiClient client = server.clientOfNewAccount(1);
      String id = client.createSandbox(Map.of("template", "playground", "timeout", 0));
      String files = "/sandboxes/" + id + "/files";
      for (int i = 0; i < WARM_UPS; i++) {
        upload(client, files, WARM_UP_PIECES);
        download(http, client, files, WARM_UP_PIECES);
      }
      double before = server.residentMebibytesAfterCollection();
      double into = peakDuring(server, () -> upload(client, files, FILE_PIECES));
      double out = peakDuring(server, () -> download(http, client, files, FILE_PIECES));
      client.delete("/sandboxes/" + id).expect(204);
      tell(report, before, into, out);
    }
  }

  private static void tell(Report report, double before, double into, double out) {
    report.figure("server RSS before 1 GiB is transferred", "%.1f MiB".formatted(before));
    report.figure("the most during its upload", "%.1f MiB".formatted(into));
    report.figure("the most during its download", "%.1f MiB".formatted(out));
    double growth = Math.max(into, out) - before;
    report.verdict(
        "upload and download of 1 GiB: server memory grows ≤ 32 MB",
        "%.1f MiB".formatted(growth),
        growth <= PROMISED_MIB);
  }

  private static double peakDuring(TestServer server, Runnable transfer) {
    CompletableFuture<Void> under =
        CompletableFuture.runAsync(transfer, Thread::startVirtualThread);
    double most = server.residentMebibytesAfterCollection();
    while (!under.isDone()) {
      most = Math.max(most, server.residentMebibytesAfterCollection());
    }
    under.join();
    return most;
  }

  private void upload(ApiClient client, String files, int pieces) {
    client
        .send(
            client
                .request(files + "/upload")
                .header("Content-Type", "multipart/form-data; boundary=XX")
                .POST(BodyPublishers.ofInputStream(() -> form(pieces))))
        .expect(200);
  }

  private InputStream form(int pieces) {
    String head =
        "--XX\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n"
            + FILE
            + "\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    List<InputStream> content =
        IntStream.range(0, pieces)
            .<InputStream>mapToObj(index -> new ByteArrayInputStream(piece))
            .toList();
    return new SequenceInputStream(
        new SequenceInputStream(
            new ByteArrayInputStream(head.getBytes(US_ASCII)),
            new SequenceInputStream(Collections.enumeration(content))),
        new ByteArrayInputStream("\r\n--XX--\r\n".getBytes(US_ASCII)));
  }

  private static void download(HttpClient http, ApiClient client, String files, int pieces) {
    try {
      HttpResponse<InputStream> answer =
          http.send(
              client.request(files + "/download?path=" + FILE).GET().build(),
              BodyHandlers.ofInputStream());
      try (InputStream body = answer.body()) {
        long received = body.transferTo(OutputStream.nullOutputStream());
        if (answer.statusCode() != 200 || received != (long) pieces * PIECE_BYTES) {
          throw new IOException(answer.statusCode() + " with " + received + " bytes");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
