package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.llm.FakeModelProvider;
import io.omnirun.testkit.llm.ModelsFile;
import io.omnirun.testkit.server.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an air-gapped sandbox asks of language models by its own key, and what that costs. */
@Timeout(600)
class LlmSandboxTest extends SharedServer {
  /** Asks so often at most, until it is refused; prints what it was told. */
  private static final String ASK =
      """
      import json, os, sys, urllib.error, urllib.request
      model, times, stream = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "stream"
      body = {"model": model, "max_tokens": 50, "stream": stream,
              "messages": [{"role": "user", "content": "a word from inside"}]}
      for _ in range(times):
          request = urllib.request.Request(
              os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode(),
              {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "Content-Type": "application/json"})
          try:
              with urllib.request.urlopen(request, timeout=60) as answer:
                  print(answer.status, answer.read().decode(), flush=True)
          except urllib.error.HTTPError as e:
              print(e.code, e.read().decode(), flush=True)
              break
      """;

  /** The most that a call of {@link #ASK} can cost fits in, and some calls use it up. */
  private static final double FEW_CALLS_CENTS = 0.008;

  private static final int MANY = 200;

  private final FakeModelProvider provider = FakeModelProvider.start();
  private final ModelsFile models =
      ModelsFile.write(provider.openAiUrl(), List.of("text", "text+gap-10"));

  @Override
  Map<String, String> settings() {
    return Map.of("llm.config", models.path().toString(), "pool", "base=1");
  }

  @AfterAll
  void closeProvider() {
    models.close();
    provider.close();
  }

  private String create(Map<String, ?> grant) {
    String sandbox = client().createSandbox(Map.of("llm", grant, "timeout", 0));
    client().writeFile(sandbox, "/tmp/ask.py", ASK);
    return sandbox;
  }

  private String ask(String sandbox, String model, int times, String how) {
    return client().output(sandbox, "python3 /tmp/ask.py %s %d %s".formatted(model, times, how));
  }

  private String state(String sandbox) {
    return client().get("/sandboxes/" + sandbox).expect(200).json().path("state").asText();
  }

  private long callsOf(String sandbox) {
    long calls = 0;
    for (JsonNode row : client().get("/llm/v1/usage").expect(200).json().path("breakdown")) {
      calls += row.path("sandboxID").asText().equals(sandbox) ? row.path("calls").asLong() : 0;
    }
    return calls;
  }

  @Test
  void itIsAnsweredWholeAndInPiecesByTheModelsItIsForAndNoOthers() {
    String sandbox = create(Map.of("models", List.of("text+gap-10")));
    assertThat(ask(sandbox, "text+gap-10", 1, "whole")).startsWith("200 ").contains("a word");
    assertThat(ask(sandbox, "text+gap-10", 1, "stream")).startsWith("200 ").contains("[DONE]");
    assertThat(ask(sandbox, "text", 1, "whole")).startsWith("404 ").contains("model_not_found");
    assertThat(callsOf(sandbox)).isEqualTo(2);
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void aSpentCapIsRefusedAndTheSandboxRunsOn() {
    String sandbox = create(Map.of("capCents", FEW_CALLS_CENTS));
    String told = ask(sandbox, "text", MANY, "whole");
    assertThat(told).startsWith("200 ").contains("\n402 ").contains("spend_cap_reached");
    assertThat(ask(sandbox, "text", 1, "whole")).startsWith("402 ");
    assertThat(callsOf(sandbox)).isBetween(1L, MANY - 1L);
    assertThat(state(sandbox)).isEqualTo("running");
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void aSpentCapPausesTheSandboxOnceIfThatWasAskedFor() {
    String sandbox = create(Map.of("capCents", FEW_CALLS_CENTS, "onCap", "pause"));
    Reply asking = client().run(sandbox, "python3 /tmp/ask.py text %d whole".formatted(MANY));
    assertThat(asking.status()).isIn(200, 409);
    await().atMost(Duration.ofMinutes(2)).until(() -> state(sandbox).equals("paused"));
    client().post("/sandboxes/" + sandbox + "/resume", "").expect(200);
    assertThat(ask(sandbox, "text", 1, "whole")).startsWith("402 ");
    assertThat(state(sandbox)).isEqualTo("running");
    client().delete("/sandboxes/" + sandbox).expect(204);
  }
}
