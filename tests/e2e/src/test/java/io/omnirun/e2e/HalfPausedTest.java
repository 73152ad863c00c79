package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.Reply;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a pause or a resume in whose midst a part of OmniRun is killed. */
class HalfPausedTest extends SharedServer {
  private String id = "";

  /** Counts for as long as it runs: a count that goes on is the same process. */
  @BeforeEach
  void createCounting() {
    id = client().createSandbox();
    client()
        .run(
            id,
            Map.of(
                "command",
                "i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.05; done",
                "background",
                true))
        .expect(200);
    awaitCounting(0);
  }

  /** Whatever happened, the sandbox is whole, in a true state, and alone on the host. */
  @AfterEach
  void endCounting() {
    String state = client().get("/sandboxes/" + id).expect(200).text("state");
    assertThat(state).isIn("running", "paused");
    assertThat(files().unfinished()).isEmpty();
    if (state.equals("paused")) {
      assertThat(files().all()).hasSize(1);
      awaitNothing();
      client().post("/sandboxes/" + id + "/resume", "").expect(200);
    }
    awaitCounting(count());
    assertThat(server().vmms()).hasSize(1);
    assertThat(files().all()).isEmpty();
    client().delete("/sandboxes/" + id).expect(204);
    awaitNothing();
  }

  @Test
  void serverKilledWhileTheFilesAreBeingWritten() {
    CompletableFuture<Optional<Reply>> pause = begin("pause");
    await(() -> !files().all().isEmpty());
    killServerDuring(pause);
  }

  @Test
  void serverKilledWhenTheFilesAreWhole() {
    CompletableFuture<Optional<Reply>> pause = begin("pause");
    await(() -> !files().all().isEmpty() && files().unfinished().isEmpty());
    killServerDuring(pause);
    assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("paused");
  }

  @Test
  void serverKilledWhenTheVmmOfAResumeRuns() {
    client().post("/sandboxes/" + id + "/pause", "").expect(200);
    CompletableFuture<Optional<Reply>> resume = begin("resume");
    await(() -> !server().vmms().isEmpty());
    killServerDuring(resume);
  }

  private void killServerDuring(CompletableFuture<Optional<Reply>> call) {
    server().killServer();
    call.join();
    server().startServer();
  }

  @Test
  void vmmThatDiesDuringAPauseFailsItsSandboxAndLeavesNothing() {
    CompletableFuture<Optional<Reply>> pause = begin("pause");
    await(() -> !files().all().isEmpty());
    server().vmms().forEach(ProcessHandle::destroyForcibly);
    Reply reply = pause.join().orElseThrow();
    if (reply.status() != 200) {
      assertThat(reply.status()).isEqualTo(429);
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> client().get("/sandboxes/" + id).text("state").equals("failed"));
      assertThat(client().get("/sandboxes/" + id).text("failureReason")).contains("signal 9");
      assertThat(files().all()).isEmpty();
      client().delete("/sandboxes/" + id).expect(204);
      createCounting();
    }
  }

  @Test
  void launcherKilledDuringAPauseOnlyDelaysIt() {
    CompletableFuture<Optional<Reply>> pause = begin("pause");
    await(() -> !files().all().isEmpty());
    server().killLauncher();
    assertThat(pause.join().orElseThrow().expect(200).text("status")).isIn("pausing", "paused");
    client().run(id, "true").expectError(409, "sandbox_paused");
    server().startLauncher();
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> client().get("/sandboxes/" + id).text("state").equals("paused"));
  }

  @Test
  void launcherThatIsAwayLeavesAResumedSandboxPaused() {
    client().post("/sandboxes/" + id + "/pause", "").expect(200);
    server().killLauncher();
    assertThat(client().post("/sandboxes/" + id + "/resume", "").status()).isEqualTo(429);
    server().startLauncher();
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> client().get("/sandboxes/" + id).text("state").equals("paused"));
  }

  @Test
  void deleteDuringAPauseLeavesNothing() {
    CompletableFuture<Optional<Reply>> pause = begin("pause");
    await(() -> !files().all().isEmpty());
    client().delete("/sandboxes/" + id).expect(204);
    pause.join();
    expectGone();
  }

  @Test
  void deleteDuringAResumeLeavesNothing() {
    client().post("/sandboxes/" + id + "/pause", "").expect(200);
    CompletableFuture<Optional<Reply>> resume = begin("resume");
    await(() -> !server().leftovers().isEmpty());
    client().delete("/sandboxes/" + id).expect(204);
    resume.join();
    expectGone();
  }

  private void expectGone() {
    client().get("/sandboxes/" + id).expectError(404, "sandbox_not_found");
    awaitNothing();
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> files().all().isEmpty());
    createCounting();
  }

  private PausedFiles files() {
    return new PausedFiles(server());
  }

  private int count() {
    return Integer.parseInt("0" + client().output(id, "cat /tmp/count 2>/dev/null || true"));
  }

  private void awaitCounting(int from) {
    Awaitility.await().atMost(120, TimeUnit.SECONDS).until(() -> count() > from);
  }

  private void awaitNothing() {
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(server().leftovers()).isEmpty());
  }

  /** Empty, if there is no answer. */
  private CompletableFuture<Optional<Reply>> begin(String verb) {
    return CompletableFuture.supplyAsync(
            () -> Optional.of(client().post("/sandboxes/" + id + "/" + verb, "")),
            Thread::startVirtualThread)
        .exceptionally(lost -> Optional.empty());
  }

  private static void await(BooleanSupplier moment) {
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(60, TimeUnit.SECONDS)
        .until(moment::getAsBoolean);
  }
}
