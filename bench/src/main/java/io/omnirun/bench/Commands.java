package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.Map;

/**
 * {@code true} through the API, against the same call to the agent by a bare client over the same
 * channel; interleaved.
 */
final class Commands implements Scenario {
  /** Until most of both programs is compiled: a server runs for weeks. */
  private static final int WARM_UPS = 100;

  /** A millisecond is looked for in some fifty that vary by ten: 500 leave it open to chance. */
  private static final int ROUNDS = 2_000;

  /** Longer than the server remembers whose token it has seen. */
  private static final Duration FORGETTING = Duration.ofMillis(1_100);

  private static final int FORGOTTEN_ROUNDS = 40;

  private static final double PROMISED_ADDED_MS = 1;

  @Override
  public String name() {
    return "commands";
  }

  @Override
  public void run(Report report) {
    Samples ours = new Samples();
    Samples bare = new Samples();
    Samples oursForgotten = new Samples();
    Samples bareForgotten = new Samples();
    try (GuestHttp http = GuestHttp.start();
        TestServer server =
            TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"));
        BareApi api = BareApi.ofWarmServer(server, server.clientOfNewAccount(10))) {
      WarmClient.warm(http);
      String id = api.createForAnHour("playground");
      String token = server.agentToken(id);
      AgentClient agent = new AgentClient(http, server.guestSocket(), () -> token);
      for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
        Samples oursNow = i >= WARM_UPS ? ours : new Samples();
        Samples bareNow = i >= WARM_UPS ? bare : new Samples();
        // Neither always has the other's traces in the guest's caches.
        if (i % 2 == 0) {
          oursNow.time(() -> api.run(id, "true"));
          runBare(agent, bareNow);
        } else {
          runBare(agent, bareNow);
          oursNow.time(() -> api.run(id, "true"));
        }
      }
      for (int i = 0; i < FORGOTTEN_ROUNDS; i++) {
        pause();
        oursForgotten.time(() -> api.run(id, "true"));
        pause();
        runBare(agent, bareForgotten);
      }
      api.kill(id);
    }
    report.durations("`true` through the API", ours);
    report.durations("`true` by a bare client of the agent", bare);
    report.durations("the first `true` in a second through the API", oursForgotten);
    report.durations("the first `true` in a second by a bare client", bareForgotten);
    Added added = Added.of(ours, bare);
    report.verdict(
        "a command adds p50 ≤ 1 ms", added.toString(), added.median() <= PROMISED_ADDED_MS);
  }

  private static void runBare(AgentClient agent, Samples samples) {
    samples.time(
        () -> {
          BareCommand.run(agent);
          return agent;
        });
  }

  private static void pause() {
    try {
      Thread.sleep(FORGETTING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
