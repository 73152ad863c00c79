package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PauseTest extends SharedServer {
  /** Counts into a file that it holds open, and says with each number what it remembers. */
  private static final String COUNTER =
      "held=%s; exec 9>/tmp/count; i=0;"
          + " while :; do i=$((i+1)); echo $i >&9; echo $held $$ > /tmp/held; sleep 0.05; done";

  private PausedFiles paused() {
    return new PausedFiles(server());
  }

  @Test
  void aProcessGoesOnWithItsMemoryAndFilesAfterAPauseAndAKilledServer() {
    String marker = "plain-" + UUID.randomUUID();
    String id = client().createSandbox(Map.of("envVars", Map.of("KEPT", "yes")));
    client().writeFile(id, "/root/marker", marker);
    int pid = start(id, COUNTER.formatted(marker));
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> count(id) > 3);
    client().output(id, "sync");
    assertThat(paused().filesHolding(marker)).as("the running machine's disk").isNotEmpty();

    pause(id);
    server().killServer();
    assertThat(server().leftovers()).isEmpty();
    assertThat(paused().filesHolding(marker)).as("while it is paused").isEmpty();
    server().startServer();
    assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("paused");
    resume(id);

    int resumedAt = count(id);
    assertThat(resumedAt).isGreaterThan(3);
    Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> count(id) > resumedAt + 3);
    assertThat(client().output(id, "tr '\\n' ' ' < /tmp/count; cut -d' ' -f1 /tmp/held"))
        .startsWith("1 2 3 4 5 ")
        .endsWith(marker);
    assertThat(client().readFile(id, "/root/marker").text("content")).isEqualTo(marker);
    assertThat(client().output(id, "echo $KEPT")).isEqualTo("yes");
    JsonNode process = client().get("/sandboxes/" + id + "/commands/" + pid).expect(200).json();
    assertThat(process.path("running").asBoolean()).isTrue();
    Awaitility.await("the files go when it runs again")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> paused().all().isEmpty());
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void aPausedSandboxSaysSoAndTakesNothingOfTheHostButItsFiles() {
    String id = client().createSandbox();
    pause(id);
    pause(id);
    JsonNode shown = client().get("/sandboxes/" + id).expect(200).json();
    assertThat(shown.path("state").asText()).isEqualTo("paused");
    assertThat(shown.has("endAt")).as("a deadline").isFalse();
    assertThat(client().get("/sandboxes?state=paused").json().findValuesAsText("sandboxID"))
        .containsExactly(id);
    assertThat(client().get("/sandboxes").json().findValuesAsText("sandboxID")).contains(id);
    assertThat(server().leftovers()).isEmpty();
    assertThat(paused().all()).hasSize(1);
    client().run(id, "true").expectError(409, "sandbox_paused");
    assertThat(client().run(id, "true").text("message")).contains("resume");
    client().readFile(id, "/etc/hostname").expectError(409, "sandbox_paused");
    client().writeFile(id, "/tmp/x", "x").expectError(409, "sandbox_paused");
    client().get("/sandboxes/" + id + "/commands").expectError(409, "sandbox_paused");
    resume(id);
    resume(id);
    assertThat(client().output(id, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void aKilledOneLeavesNoFiles() {
    String id = client().createSandbox();
    pause(id);
    client().delete("/sandboxes/" + id).expect(204);
    client().get("/sandboxes/" + id).expectError(404, "sandbox_not_found");
    assertThat(paused().all()).isEmpty();
    assertThat(server().leftovers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "change ram, paused_state_damaged",
    "cut ram, paused_state_damaged",
    "change disk, paused_state_damaged",
    "cut disk, paused_state_damaged",
    "change key, paused_state_unreadable",
    "remove ram, paused_state_unreadable"
  })
  void whatWasTamperedWithStaysPausedUntilItsOwnerGivesItUp(String harm, String code) {
    String id = client().createSandbox();
    pause(id);
    paused().harm(harm);
    client().post("/sandboxes/" + id + "/resume", "").expectError(409, code);
    assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("paused");
    assertThat(paused().all()).hasSize(1);
    assertThat(server().leftovers()).isEmpty();
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(paused().all()).isEmpty();
  }

  @Test
  void anotherNodeSecretOrALostDirectoryIsNoReasonToGiveUpWhatIsPaused() throws IOException {
    String id = client().createSandbox();
    client().writeFile(id, "/root/kept", "yes").expect(200);
    pause(id);
    Path secret = server().stateDirectory().resolve("node.secret");
    Path files = paused().all().getFirst();
    byte[] right = Files.readAllBytes(secret);
    byte[] wrong = right.clone();
    wrong[0] ^= 1;

    restartWith(() -> Files.write(secret, wrong));
    assertUnreadable(id, "node.secret");
    Path elsewhere = server().stateDirectory().resolve("elsewhere");
    restartWith(() -> Files.move(files, elsewhere));
    assertUnreadable(id, "missing");
    restartWith(
        () -> {
          Files.write(secret, right);
          Files.move(elsewhere, files);
        });
    resume(id);
    assertThat(client().readFile(id, "/root/kept").text("content")).isEqualTo("yes");
    client().delete("/sandboxes/" + id).expect(204);
  }

  private interface Change {
    void run() throws IOException;
  }

  private void restartWith(Change change) throws IOException {
    server().stopServer();
    change.run();
    server().startServer();
  }

  private void assertUnreadable(String id, String why) {
    Reply refusal = client().post("/sandboxes/" + id + "/resume", "");
    assertThat(refusal.expectError(409, "paused_state_unreadable").text("message")).contains(why);
    assertThat(client().get("/sandboxes/" + id).text("state")).isEqualTo("paused");
  }

  /** The agent is silent for longer than a server waits at once. */
  @Test
  @Tag("long")
  void oneWhoseAgentDoesNotAnswerIsPausedAndResumedAndReachedWhenItDoes() {
    String id = client().createSandbox();
    FrozenAgent.freeze(client(), id, Duration.ofSeconds(90));
    pause(id);
    resume(id);
    Awaitility.await("what it was is not needed any more")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> paused().all().isEmpty());
    FrozenAgent.awaitThawed(client(), id);
    long before = System.currentTimeMillis();
    long guest = Long.parseLong(client().output(id, "date +%s%3N"));
    assertThat(guest).isBetween(before - 1_000, System.currentTimeMillis() + 1_000);
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void aPausedOneMakesPlaceForAnotherAndWaitsForAPlaceToBeResumed() {
    ApiClient modest = server().clientOfNewAccount(1);
    String first = modest.createSandbox();
    modest.post("/sandboxes/" + first + "/pause", "").expect(200);
    String second = modest.createSandbox();
    modest.post("/sandboxes/" + first + "/resume", "").expectError(429, "concurrent_limit");
    assertThat(modest.get("/sandboxes/" + first).text("state")).isEqualTo("paused");
    modest.delete("/sandboxes/" + second).expect(204);
    modest.post("/sandboxes/" + first + "/resume", "").expect(200);
    modest.delete("/sandboxes/" + first).expect(204);
  }

  @Test
  void anAccountPausesAsManyAsItsOperatorSays() {
    ApiClient modest = server().clientOfNewAccount("--max-paused", "1");
    String first = modest.createSandbox();
    String second = modest.createSandbox();
    modest.post("/sandboxes/" + first + "/pause", "").expect(200);
    modest.post("/sandboxes/" + second + "/pause", "").expectError(429, "paused_limit");
    assertThat(modest.output(second, "echo alive")).isEqualTo("alive");
    modest.delete("/sandboxes/" + first).expect(204);
    modest.post("/sandboxes/" + second + "/pause", "").expect(200);
    modest.delete("/sandboxes/" + second).expect(204);
  }

  @Test
  void theDeadlinePausesASandboxThatWantsThatAndAResumeGivesItItsLifeAnew() {
    String id = client().createSandbox(Map.of("timeout", 5, "autoPause", true));
    assertThat(client().get("/sandboxes/" + id).json().path("autoPause").asBoolean()).isTrue();
    awaitState(id, "paused");
    Instant resumed = Instant.now();
    resume(id);
    Instant end = Instant.parse(client().get("/sandboxes/" + id).text("endAt"));
    assertThat(end).isBetween(resumed, Instant.now().plusSeconds(5));
    awaitState(id, "paused");
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void aCallerThatWaitsIsToldAndWhatRunsInTheBackgroundKeepsItsHandle() {
    String id = client().createSandbox();
    int pid = start(id, "for i in $(seq 20); do echo line $i; sleep 0.2; done; exit 5");
    CompletableFuture<Reply> waiting =
        CompletableFuture.supplyAsync(
            () -> client().run(id, "touch /tmp/waiting; sleep 1000"), Thread::startVirtualThread);
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client().readFile(id, "/tmp/waiting").status() == 200);
    pause(id);
    waiting.join().expectError(409, "sandbox_paused");
    resume(id);
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> !process(id, pid).path("running").asBoolean());
    assertThat(process(id, pid).path("exit_code").asInt()).isEqualTo(5);
    assertThat(process(id, pid).path("stdout").asText().lines()).hasSize(20);
    assertThat(client().output(id, "pgrep -c sleep")).isEqualTo("1");
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void theClockIsRightAndRandomnessFreshAfterAResume() throws InterruptedException {
    String id = client().createSandbox();
    pause(id);
    // The clock that stood still is told from one that was set by the time that passes here.
    Thread.sleep(3_000);
    resume(id);
    long before = System.currentTimeMillis();
    long guest = Long.parseLong(client().output(id, "date +%s%3N"));
    long after = System.currentTimeMillis();
    assertThat(guest).isBetween(before - 1_000, after + 1_000);
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void aHostWithoutSpaceRefusesThePauseAndTheSandboxRunsOn() {
    String id = client().createSandbox();
    restartWithDiskReserve("100000000");
    client().post("/sandboxes/" + id + "/pause", "").expectError(429, "no_space");
    assertThat(client().output(id, "echo alive")).isEqualTo("alive");
    restartWithDiskReserve("256");
    pause(id);
    client().delete("/sandboxes/" + id).expect(204);
  }

  private void restartWithDiskReserve(String mebibytes) {
    server().stopServer();
    server().setConfig("limits.disk-reserve-mib", mebibytes);
    server().startServer();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pause", "resume"})
  void whatCannotBeDoneIsRefused(String verb) {
    ApiClient stranger = server().clientOfNewAccount(1);
    String foreign = stranger.createSandbox();
    String answer = client().post("/sandboxes/" + foreign + "/" + verb, "").body();
    assertThat(client().post("/sandboxes/sb_00000000000000000000/" + verb, "").body())
        .isEqualTo(answer);
    client().post("/sandboxes/" + foreign + "/" + verb, "").expectError(404, "sandbox_not_found");
    client().post("/sandboxes/x/" + verb, "{").expectError(404, "sandbox_not_found");
    client().get("/sandboxes/" + foreign + "/" + verb).expectError(405, "method_not_allowed");
    client()
        .send(
            client()
                .withKey("omr_wrong")
                .request("/sandboxes/" + foreign + "/" + verb)
                .POST(BodyPublishers.noBody()))
        .expectError(401, "unauthorized");
    assertThat(stranger.output(foreign, "echo alive")).isEqualTo("alive");
    stranger.delete("/sandboxes/" + foreign).expect(204);
  }

  private int start(String id, String command) {
    return client()
        .run(id, Map.of("command", command, "background", true))
        .expect(200)
        .json()
        .path("pid")
        .asInt();
  }

  private int count(String id) {
    return Integer.parseInt(client().output(id, "tail -n1 /tmp/count 2>/dev/null || echo 0"));
  }

  private JsonNode process(String id, int pid) {
    return client().get("/sandboxes/" + id + "/commands/" + pid).expect(200).json();
  }

  private void pause(String id) {
    Reply reply = client().post("/sandboxes/" + id + "/pause", "").expect(200);
    assertThat(reply.text("status")).isEqualTo("paused");
  }

  private void resume(String id) {
    Reply reply = client().post("/sandboxes/" + id + "/resume", "").expect(200);
    assertThat(reply.text("status")).isEqualTo("running");
  }

  private void awaitState(String id, String state) {
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> client().get("/sandboxes/" + id).text("state").equals(state));
  }
}
