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

  /** Alone and beside in turns, for the host is not equally fast all the time. */
  private static final int ROUNDS = 4;

  private static final int COMMANDS_PER_ROUND = 50;
  private static final double PROMISED_KIB = 100;
  private static final double PROMISED_RATIO = 1.2;

  @Override
  public String name() {
    return "idle-streams";
  }

  @Override
  public void run(Report report) {
    try (TestServer server = TestServer.start(Map.of("pool", "*=0"))) {
      ApiClient account = server.clientOfNewAccount(10);
      try (BareApi api = BareApi.ofWarmServer(server, account)) {
        String id = api.create("base");
        Streams streams =
            new Streams(
                server,
                account,
                terminal(account, api.create("base")),
                api.start(api.create("base"), "exec sleep 9000"));
        measure(report, server, api, id, streams);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void measure(
      Report report, TestServer server, BareApi api, String id, Streams streams)
      throws IOException {
    run(api, id, WARM_UPS, new Samples());
    // What one of each costs once, classes and code, is no cost of the others.
    streams.open(1);
    double residentBefore = server.residentMebibytesAfterCollection();
    long liveBefore = server.liveHeapBytes();
    streams.open(OF_EACH);
    double liveKib = (server.liveHeapBytes() - liveBefore) / 1024.0 / (2 * OF_EACH);
    double residentKib =
        (server.residentMebibytesAfterCollection() - residentBefore) * 1024 / (2 * OF_EACH);
    Samples alone = new Samples();
    Samples beside = new Samples();
    for (int round = 0; round < ROUNDS; round++) {
      run(api, id, COMMANDS_PER_ROUND, beside);
      streams.close();
      run(api, id, COMMANDS_PER_ROUND, alone);
      if (round + 1 < ROUNDS) {
        streams.open(OF_EACH);
      }
    }
    tell(report, liveKib, residentKib, alone, beside);
  }

  private static void run(BareApi api, String id, int count, Samples samples) {
    for (int i = 0; i < count; i++) {
      samples.time(() -> api.run(id, "true"));
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

  /** What is open at a time. */
  private static final class Streams {
    private final TestServer server;
    private final ApiClient account;
    private final String terminal;
    private final String command;
    private final List<SocketClient> sockets = new ArrayList<>();
    private final List<EventReader> readers = new ArrayList<>();

    Streams(TestServer server, ApiClient account, String terminal, String command) {
      this.server = server;
      this.account = account;
      this.terminal = terminal;
      this.command = command;
    }

    void open(int ofEach) throws IOException {
      for (int i = 0; i < ofEach; i++) {
        sockets.add(SocketClient.open(server, account, terminal + "/ws"));
        readers.add(EventReader.open(server, account, command + "/stream"));
      }
    }

    void close() throws IOException {
      sockets.forEach(SocketClient::close);
      sockets.clear();
      for (EventReader reader : readers) {
        reader.close();
      }
      readers.clear();
    }
  }
}
