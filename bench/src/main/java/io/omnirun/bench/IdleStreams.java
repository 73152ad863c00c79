package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.EventReader;
import io.omnirun.testkit.server.SocketClient;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What 50 terminals that are joined and 50 commands that are followed cost while nothing happens:
 * memory of the server, and time of a command beside them. They belong to two sandboxes; the
 * command runs in a third.
 */
final class IdleStreams implements Scenario {
  private static final int OF_EACH = 50;
  private static final int WARM_UPS = 50;
  private static final int ROUNDS = 200;
  private static final double PROMISED_KIB = 100;
  private static final double PROMISED_RATIO = 1.2;

  @Override
  public String name() {
    return "idle-streams";
  }

  @Override
  public void run(Report report) {
    List<SocketClient> sockets = new ArrayList<>();
    List<EventReader> readers = new ArrayList<>();
    try (TestServer server = TestServer.start(Map.of("pool", "*=0"))) {
      ApiClient account = server.clientOfNewAccount(10);
      try (BareApi api = BareApi.ofWarmServer(server, account)) {
        String id = api.create("base");
        Samples alone = times(api, id);
        String terminals = api.create("base");
        String commands = api.create("base");
        String terminal = terminal(account, terminals);
        String command = api.start(commands, "exec sleep 9000");
        // What one of each costs once, classes and code, is no cost of the others.
        sockets.add(SocketClient.open(server, account, terminal + "/ws"));
        readers.add(EventReader.open(server, account, command + "/stream"));
        double residentBefore = server.residentMebibytesAfterCollection();
        long liveBefore = server.liveHeapBytes();
        for (int i = 0; i < OF_EACH; i++) {
          sockets.add(SocketClient.open(server, account, terminal + "/ws"));
          readers.add(EventReader.open(server, account, command + "/stream"));
        }
        double liveKib = (server.liveHeapBytes() - liveBefore) / 1024.0 / (2 * OF_EACH);
        double residentKib =
            (server.residentMebibytesAfterCollection() - residentBefore) * 1024 / (2 * OF_EACH);
        tell(report, liveKib, residentKib, alone, times(api, id));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      sockets.forEach(SocketClient::close);
      readers.forEach(IdleStreams::close);
    }
  }

  private static void tell(
      Report report, double liveKib, double residentKib, Samples alone, Samples beside) {
    report.durations("`true` through the API, alone", alone);
    report.durations("`true` beside 100 idle streams", beside);
    report.figure("server heap for an idle stream, of 100", "%.1f KiB".formatted(liveKib));
    report.figure("server RSS for an idle stream, of 100", "%.1f KiB".formatted(residentKib));
    double worse = Math.max(liveKib, residentKib);
    report.verdict(
        "an idle stream costs ≤ 100 KB of server memory",
        "%.1f KiB".formatted(worse),
        worse <= PROMISED_KIB);
    double ratio = beside.percentile(50) / alone.percentile(50);
    report.verdict(
        "a command beside 100 idle streams ≤ 1.2 × alone",
        "%.2f ×".formatted(ratio),
        ratio <= PROMISED_RATIO);
  }

  private static Samples times(BareApi api, String id) {
    Samples samples = new Samples();
    for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
      Samples now = i >= WARM_UPS ? samples : new Samples();
      now.time(() -> api.run(id, "true"));
    }
    return samples;
  }

  private static String terminal(ApiClient account, String sandbox) {
    String terminals = "/sandboxes/" + sandbox + "/pty";
    return terminals
        + "/"
        + account
            .post(terminals, Map.of("cmd", "exec sleep 9000"))
            .expect(201)
            .json()
            .path("pid")
            .asInt();
  }

  private static void close(EventReader reader) {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
