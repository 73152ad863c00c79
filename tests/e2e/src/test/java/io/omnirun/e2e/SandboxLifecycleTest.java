package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SandboxLifecycleTest extends SharedServer {
  @Test
  void createdSandboxRunsIsListedAndGoneAfterItsDeletion() {
    String id = client().createSandbox(Map.of("metadata", Map.of("purpose", "test")));

    JsonNode sandbox = client().get("/sandboxes/" + id).expect(200).json();
    assertThat(sandbox.path("state").asText()).isEqualTo("running");
    assertThat(sandbox.path("templateID").asText()).isEqualTo("base");
    assertThat(sandbox.path("metadata").path("purpose").asText()).isEqualTo("test");
    assertThat(client().get("/sandboxes").expect(200).json().findValuesAsText("sandboxID"))
        .contains(id);

    client().delete("/sandboxes/" + id).expect(204);
    client().get("/sandboxes/" + id).expectError(404, "sandbox_not_found");
    client().delete("/sandboxes/" + id).expectError(404, "sandbox_not_found");
    assertThat(client().get("/sandboxes").json().findValuesAsText("sandboxID")).doesNotContain(id);
  }

  @Test
  void killedSandboxLeavesNothingOnTheHost() {
    int before = server().leftovers().size();
    String id = client().createSandbox();
    assertThat(server().leftovers().size()).isGreaterThan(before);
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(server().leftovers()).hasSize(before);
  }

  @Test
  void sandboxSaysWhenItEndsAndEndsThen() {
    String id = client().createSandbox(Map.of("timeout", 3));
    Instant end = Instant.parse(client().get("/sandboxes/" + id).text("endAt"));
    assertThat(end).isBefore(Instant.now().plus(Duration.ofSeconds(4)));
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> client().get("/sandboxes/" + id).status() == 404);
    assertThat(Instant.now()).isAfterOrEqualTo(end);
  }

  @Test
  void permanentSandboxHasNoEnd() {
    String id = client().createSandbox(Map.of("timeout", 0));
    assertThat(client().get("/sandboxes/" + id).json().has("endAt")).isFalse();
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void variablesOfTheSandboxReachEveryCommand() {
    String id = client().createSandbox(Map.of("envVars", Map.of("GREETING", "grüß dich, $USER")));
    assertThat(client().output(id, "printf %s \"$GREETING\"")).isEqualTo("grüß dich, $USER");
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void strangerSeesTheSandboxAsMissing() {
    String id = client().createSandbox();
    ApiClient stranger = server().client();
    Reply missing =
        stranger.get("/sandboxes/sb_aaaaaaaaaaaaaaaaaaaa").expectError(404, "sandbox_not_found");
    assertThat(stranger.get("/sandboxes/" + id)).isEqualTo(missing);
    assertThat(stranger.delete("/sandboxes/" + id)).isEqualTo(missing);
    assertThat(stranger.run(id, "true")).isEqualTo(missing);
    assertThat(stranger.get("/sandboxes").json()).isEmpty();
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void templateIsFoundByTheWorkersFieldNameToo() {
    Reply reply = client().post("/sandboxes", Map.of("templateID", "base")).expect(201);
    client().delete("/sandboxes/" + reply.text("sandboxID")).expect(204);
  }

  @Test
  void secureSandboxTellsItsTokenAtItsCreationAlone() {
    Reply created =
        client().post("/sandboxes", Map.of("template", "base", "secure", true)).expect(201);
    String id = created.text("sandboxID");
    assertThat(created.text("trafficToken")).matches("[0-9a-f]{64}");
    assertThat(client().get("/sandboxes/" + id).expect(200).body())
        .doesNotContain(created.text("trafficToken"));
    client().delete("/sandboxes/" + id).expect(204);
  }

  @Test
  void statusAndSandboxNameTheVmmAndItsAccelerator() {
    JsonNode machine = client().get("/status").expect(200).json().path("machine");
    assertThat(machine.path("vmm").asText()).isEqualTo("qemu");
    assertThat(machine.path("vmmVersion").asText()).isNotEmpty();
    assertThat(machine.path("accelerator").asText()).isIn("tcg", "kvm");
    String id = client().createSandbox();
    JsonNode sandbox = client().get("/sandboxes/" + id).expect(200).json();
    assertThat(sandbox.path("vmm")).isEqualTo(machine.path("vmm"));
    assertThat(sandbox.path("accelerator")).isEqualTo(machine.path("accelerator"));
    client().delete("/sandboxes/" + id).expect(204);
    JsonNode ended = client().get("/sandboxes/history?limit=1").expect(200).json().path(0);
    assertThat(ended.path("accelerator")).isEqualTo(machine.path("accelerator"));
  }

  @Test
  void statusNeedsNoKeyAndCountsSandboxes() {
    String id = client().createSandbox();
    Reply status = client().withKey("").get("/status").expect(200);
    assertThat(status.json().path("active_sandboxes").asInt()).isPositive();
    assertThat(status.json().path("max_sandboxes").asInt()).isPositive();
    assertThat(status.json().path("templates").toString()).contains("\"base\"");
    client().delete("/sandboxes/" + id).expect(204);
  }
}
