package io.omnirun.bench;

import io.omnirun.guest.GuestChannel;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * A file of a real guest's server through its preview, against the same request on a bare stream to
 * the same server; in turns.
 */
final class PreviewDownload implements Scenario {
  private static final int PORT = 8_000;
  private static final int MEBIBYTES = 256;
  private static final long BYTES = MEBIBYTES * 1024L * 1024;
  private static final int ROUNDS = 5;
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final double PROMISED = 0.7;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @Override
  public String name() {
    return "preview-download";
  }

  /** Opens a connection on which the guest's server is asked. */
  @FunctionalInterface
  private interface Path {
    SocketChannel open() throws IOException;
  }

  @Override
  public void run(Report report) {
    Samples ours = new Samples();
    Samples bare = new Samples();
    try (TestServer server = TestServer.start(Map.of("pool", "*=0"))) {
      ApiClient account = server.clientOfNewAccount(2);
      String id = account.createSandbox();
      account
          .run(id, "mkdir /srv/big && truncate -s %dM /srv/big/file".formatted(MEBIBYTES))
          .expect(200);
      account
          .run(
              id,
              Map.of("command", "python3 -m http.server -d /srv/big " + PORT, "background", true))
          .expect(200);
      GuestChannel channel = new GuestChannel(server.guestSocket());
      Path guest = () -> channel.dial(PORT, PATIENCE);
      Path preview =
          () ->
              SocketChannel.open(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), server.url().getPort()));
      String host = id + "-" + PORT + ".localhost";
      Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> opens(guest));
      for (int round = -1; round < ROUNDS; round++) {
        boolean counts = round >= 0;
        (counts ? ours : new Samples()).add(rate(preview, host));
        (counts ? bare : new Samples()).add(rate(guest, host));
      }
      account.delete("/sandboxes/" + id).expect(204);
    } catch (IOException e) {
      throw new UncheckedIOException("the downloads were not measured", e);
    }
    double ratio = ours.percentile(50) / bare.percentile(50);
    report.figure(
        "MiB a second of a guest's file through its preview (median of rounds)",
        "%.1f MiB/s".formatted(ours.percentile(50)));
    report.figure(
        "the same on a bare stream to the guest", "%.1f MiB/s".formatted(bare.percentile(50)));
    report.verdict(
        "a download through a preview ≥ 0.7 × the bare stream",
        "%.2f ×".formatted(ratio),
        ratio >= PROMISED);
  }

  private static boolean opens(Path guest) throws IOException {
    guest.open().close();
    return true;
  }

  private static double rate(Path path, String host) throws IOException {
    long start = System.nanoTime();
    try (SocketChannel channel = path.open()) {
      channel.write(
          ByteBuffer.wrap(
              "GET /file HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(host)
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      long received = 0;
      for (int count = 0; count >= 0; count = channel.read(buffer.clear())) {
        received += count;
      }
      if (received < BYTES) {
        throw new IOException("%,d bytes came of %,d".formatted(received, BYTES));
      }
    }
    return MEBIBYTES * NANOS_PER_SECOND / (System.nanoTime() - start);
  }
}
