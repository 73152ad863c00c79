package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.testkit.server.TestServer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Pause and resume of a sandbox of 512 MB with 100 MB that it wrote, against QEMU by hand, which
 * encrypts nothing and leaves the disk where it is; interleaved. Both write to disk for good, and
 * both count until the agent answers.
 */
final class PauseResume implements Scenario {
  private static final String DIRTY = "head -c 100000000 /dev/urandom > /dev/shm/dirty";
  private static final int WARM_UPS = 2;
  private static final int ROUNDS = 8;
  private static final double PROMISED_RATIO = 1.3;

  @Override
  public String name() {
    return "pause-resume";
  }

  @Override
  public void run(Report report) {
    Both ours = new Both(new Samples(), new Samples());
    Both raw = new Both(new Samples(), new Samples());
    try (GuestHttp http = GuestHttp.start();
        TestServer server =
            TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"));
        BareApi api = BareApi.ofWarmServer(server, server.clientOfNewAccount(10))) {
      String id = api.create("playground");
      Path golden = server.goldenDirectory("playground");
      try (RawClone clone =
          RawClone.prepare(server.vmms().getFirst().pid(), golden, RawClone.script())) {
        AgentClient agent = clone.restore(http);
        BareCommand.run(agent, DIRTY);
        api.run(id, DIRTY);
        for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
          boolean counts = i >= WARM_UPS;
          pauseAndResume(() -> api.pause(id), () -> api.resume(id), counts ? ours : Both.ignored());
          pauseAndResume(clone::pause, () -> clone.resume(http), counts ? raw : Both.ignored());
        }
      }
      api.kill(id);
    }
    report.durations("pause of 512 MB with 100 MB dirty", ours.pauses());
    report.durations("the same by hand: QEMU's state into a file", raw.pauses());
    report.durations("resume of it until its agent answers", ours.resumes());
    report.durations("the same by hand: QEMU from that file", raw.resumes());
    verdict(report, "pause", ours.pauses(), raw.pauses());
    verdict(report, "resume", ours.resumes(), raw.resumes());
  }

  private record Both(Samples pauses, Samples resumes) {
    static Both ignored() {
      return new Both(new Samples(), new Samples());
    }
  }

  private static void pauseAndResume(Runnable pause, Runnable resume, Both samples) {
    samples.pauses().time(() -> done(pause));
    samples.resumes().time(() -> done(resume));
  }

  private static boolean done(Runnable action) {
    action.run();
    return true;
  }

  private static void verdict(Report report, String what, Samples ours, Samples raw) {
    double ratio = ours.percentile(50) / raw.percentile(50);
    report.verdict(what + " ≤ 1.3 × by hand", "%.2f ×".formatted(ratio), ratio <= PROMISED_RATIO);
  }
}
