package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests that schemathesis makes of the contract, good and bad ones: no 5xx, no hang, and every
 * answer is one that the contract describes. What it is not asked to judge: whether a request was
 * to be taken or refused, for the contract says part of that in words ({@code null} is as good as
 * nothing, limits are in bytes).
 *
 * <p>It makes three sandboxes at most, of the small template, which end with the test.
 */
@Tag("long")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class FuzzedApiTest extends SharedServer {
  private static final Path CONTRACT = Path.of("../../api/openapi.yaml");

  /** Of each run; there are four. */
  private static final int BUDGET_SECONDS = 140;

  private static final String SEED = "20261124";
  private static final String EXAMPLES_OF_EACH_OPERATION = "20";

  /** Longer than a command may take that says nothing of a time-out. */
  private static final String HANG_SECONDS = "90";

  private final List<ApiClient> clients = new ArrayList<>();

  private ApiClient account(int sandboxes) {
    ApiClient client =
        server()
            .clientOfNewAccount(
                "--max-concurrent", Integer.toString(sandboxes), "--max-paused", "1");
    clients.add(client);
    return client;
  }

  @AfterEach
  void endSandboxes() {
    for (ApiClient client : clients) {
      for (JsonNode sandbox : client.get("/sandboxes").expect(200).json()) {
        // Its own time-out may be quicker.
        assertThat(client.delete("/sandboxes/" + sandbox.path("sandboxID").asText()).status())
            .isIn(204, 404);
      }
      Awaitility.await()
          .atMost(120, TimeUnit.SECONDS)
          .until(() -> client.get("/sandboxes").expect(200).json().isEmpty());
    }
    assertThat(server().serverLog().lines().filter(line -> line.contains(" ERROR "))).isEmpty();
  }

  @Test
  void createsListsAndCallsIntoSandboxesThatAreNotThere() throws Exception {
    fuzz(account(1), contract(), "--exclude-tag", "Webhooks");
  }

  @Test
  void commandsTerminalsAndFilesOfASandbox() throws Exception {
    ApiClient client = account(1);
    String sandbox = client.createSandbox(Map.of("timeout", 0));
    int command =
        client
            .run(sandbox, Map.of("command", "echo ended", "background", true))
            .expect(200)
            .json()
            .path("pid")
            .asInt();
    int terminal =
        client.post("/sandboxes/" + sandbox + "/pty", "{}").expect(201).json().path("pid").asInt();
    JsonNode contract = contract();
    fix(contract, "/components/parameters/SandboxId/schema").put("const", sandbox);
    fix(contract, "/components/parameters/CommandPid/schema").put("const", command);
    fix(contract, "/components/parameters/TerminalPid/schema").put("const", terminal);
    // A watch has no end, and the other one would be the end of the terminal.
    fuzz(
        client,
        contract,
        "--include-tag",
        "Commands",
        "--include-tag",
        "Terminals",
        "--include-tag",
        "Files",
        "--exclude-operation-id",
        "watchFiles",
        "--exclude-operation-id",
        "closeTerminal");
  }

  @Test
  void theLifeOfASandbox() throws Exception {
    ApiClient client = account(1);
    JsonNode contract = contract();
    fix(contract, "/components/parameters/SandboxId/schema")
        .put("const", client.createSandbox(Map.of("timeout", 0)));
    fuzz(
        client,
        contract,
        "--include-tag",
        "Sandboxes",
        "--exclude-operation-id",
        "createSandbox",
        "--exclude-operation-id",
        "deleteSandbox");
  }

  /** The account has no sandboxes, so nothing is ever delivered to what the requests name. */
  @Test
  void webhooks() throws Exception {
    fuzz(account(0), contract(), "--include-tag", "Webhooks");
  }

  /** What is asked for is narrowed to what this server has and to what does not keep it long. */
  private static JsonNode contract() throws IOException {
    JsonNode contract = new YAMLMapper().readTree(CONTRACT.toFile());
    fix(contract, "/components/schemas/CreateSandbox/properties/template").put("const", "base");
    fix(contract, "/components/schemas/RunCommand/properties/timeout").put("const", 5);
    fix(contract, "/components/schemas/SetTimeout/properties/timeout").put("const", 3600);
    return contract;
  }

  /** A schema of the contract, emptied. */
  private static ObjectNode fix(JsonNode contract, String pointer) {
    return ((ObjectNode) contract.at(pointer)).removeAll();
  }

  private void fuzz(ApiClient client, JsonNode contract, String... selection) throws Exception {
    Path directory = Files.createDirectories(server().stateDirectory().resolve("fuzz"));
    Path document = directory.resolve("openapi.json");
    Files.writeString(document, contract.toString());
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=" + Installation.SERVICE_USER,
                "--regid=" + Installation.SERVICE_USER,
                "--init-groups",
                Installation.find().cache().resolve("schemathesis/bin/schemathesis").toString(),
                "run",
                document.toString(),
                "--url=" + server().url(),
                "--header=X-API-Key: " + client.apiKey(),
                "--phases=examples,coverage,fuzzing",
                "--exclude-checks=positive_data_acceptance,negative_data_rejection",
                "--seed=" + SEED,
                "--max-examples=" + EXAMPLES_OF_EACH_OPERATION,
                "--max-time=" + BUDGET_SECONDS,
                "--request-timeout=" + HANG_SECONDS,
                "--generation-database=none",
                "--continue-on-failure",
                "--no-shrink",
                "--no-color",
                "--warnings=off"));
    command.addAll(List.of(selection));
    Process run =
        new ProcessBuilder(command)
            .directory(Path.of("/var/lib/omnirun/tmp").toFile())
            .redirectErrorStream(true)
            .start();
    String told = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    System.out.println(told.substring(Math.max(0, told.indexOf("= SUMMARY"))));
    assertThat(run.waitFor()).as(told).isZero();
  }
}
