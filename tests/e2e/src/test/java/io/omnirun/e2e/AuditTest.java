package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.ApiClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server writes down of its sandboxes' lives, also of those it ends by itself. */
@Timeout(600)
class AuditTest extends SharedServer {
  @Test
  void everyStepIsWrittenDownAndOutlivesSandboxesAndServers() throws Exception {
    ApiClient owner = server().clientOfNewAccount(2);
    owner.post("/vault/credentials", Map.of("key", "A", "value", "x")).expect(201);
    String kept = owner.createSandbox(Map.of("vaultInject", true));
    String late = owner.createSandbox();
    owner.post("/sandboxes", Map.of("template", "base")).expectError(429, "concurrent_limit");
    owner.post("/sandboxes/" + kept + "/pause", "").expect(200);
    owner.post("/sandboxes/" + kept + "/resume", "").expect(200);
    owner.post("/sandboxes/" + late + "/timeout", Map.of("timeout", 1)).expect(200);
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> owner.get("/sandboxes/" + late).status() == 404);
    owner.delete("/sandboxes/" + kept).expect(204);
    owner.delete("/vault/credentials/A").expect(204);
    server().killServer();
    server().startServer();

    JsonNode entries = owner.get("/audit?limit=1000").expect(200).json();
    List<String> lines = new ArrayList<>();
    entries.forEach(entry -> lines.addFirst(line(entry)));
    String account = entries.get(0).path("actor").asText();
    assertThat(account).startsWith("acc_");
    assertThat(lines.removeFirst())
        .isEqualTo("operator  account.create " + account + " success with a key");
    assertThat(lines.removeFirst()).startsWith(account + " 127.0.0.1 vault.init vlt_");
    String caller = account + " 127.0.0.1 ";
    assertThat(lines)
        .containsExactly(
            caller + "vault.store vault success version 1 of 1: A",
            caller + "vault.inject " + kept + " success",
            caller + "sandbox.create " + kept + " success",
            caller + "sandbox.create " + late + " success",
            caller + "limit concurrent_limit refused concurrent sandbox limit reached",
            caller + "sandbox.pause " + kept + " success",
            caller + "sandbox.resume " + kept + " success",
            "server  sandbox.kill " + late + " success timeout",
            caller + "sandbox.kill " + kept + " success killed",
            caller + "vault.delete A success");
    assertThat(client().get("/audit?resource=" + kept).expect(200).body()).isEqualTo("[]");

    assertThat(server().admin("audit", "--account", account))
        .contains("sandbox.kill\t" + late + "\tsuccess\ttimeout");
  }

  private static String line(JsonNode entry) {
    return String.join(
            " ",
            entry.path("actor").asText(),
            entry.path("address").asText(),
            entry.path("action").asText(),
            entry.path("resource").asText(),
            entry.path("outcome").asText(),
            entry.path("detail").asText())
        .strip();
  }

  @Test
  void masterKeyIsRotatedWhileTheServerRuns() throws Exception {
    ApiClient owner = server().clientOfNewAccount(2);
    owner.post("/vault/credentials", Map.of("key", "A", "value", "kept")).expect(201);
    assertThat(server().admin("rotate-master-key")).contains("the master key is now mk_");
    String sandbox = owner.createSandbox(Map.of("vaultInject", true));
    assertThat(owner.output(sandbox, "echo $A")).isEqualTo("kept");
    owner.post("/vault/credentials", Map.of("key", "B", "value", "new")).expect(201);
    server().clientOfNewAccount(2).post("/vault/init", "").expect(201);
    owner.delete("/sandboxes/" + sandbox).expect(204);
    server().stopServer();
    server().startServer();
    owner.get("/vault/credentials").expect(200);
  }
}
