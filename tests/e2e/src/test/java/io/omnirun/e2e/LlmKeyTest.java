package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A key of a sandbox's own for language models, and where it opens what. */
@Timeout(600)
class LlmKeyTest extends SharedServer {
  /** Asks for a path by a key, as OpenAI's clients do or Anthropic's; prints status and answer. */
  private static final String ASK =
      """
      import os, sys, urllib.error, urllib.request
      key, path, anthropic = sys.argv[1], sys.argv[2], len(sys.argv) > 3
      request = urllib.request.Request("http://127.0.0.1:49980" + path)
      request.add_header(*(("x-api-key", key) if anthropic else ("Authorization", "Bearer " + key)))
      try:
          with urllib.request.urlopen(request, timeout=60) as answer:
              print(answer.status, answer.read().decode())
      except urllib.error.HTTPError as e:
          print(e.code, e.read().decode())
      except urllib.error.URLError as e:
          print(type(e.reason).__name__)
      """;

  /** Each keeps its connection until all have been made, or for a moment. */
  private static final String MANY =
      """
      import http.client, os, threading, time
      answered = []
      def ask():
          connection = http.client.HTTPConnection("127.0.0.1", 49980, timeout=50)
          connection.request("GET", "/llm/v1/models", headers={"x-api-key": os.environ["ANTHROPIC_API_KEY"]})
          answer = connection.getresponse()
          answer.read()
          answered.append(answer.status)
          time.sleep(1)
          connection.close()
      threads = [threading.Thread(target=ask) for _ in range(24)]
      for thread in threads: thread.start()
      for thread in threads: thread.join()
      print(answered.count(200), "of", len(threads))
      """;

  private static final String MODELS = "/llm/v1/models";
  private static final String OWN_KEY = "$OPENAI_API_KEY";

  /** A clone of the pool, and after it one that is restored for the create. */
  @Override
  Map<String, String> settings() {
    return Map.of("pool", "base=1");
  }

  private String create() {
    return prepared(Map.of("llm", Map.of()));
  }

  private String prepared(Map<String, ?> fields) {
    String sandbox = client().createSandbox(fields);
    client().writeFile(sandbox, "/tmp/ask.py", ASK);
    return sandbox;
  }

  private String ask(String sandbox, String key, String rest) {
    return client().output(sandbox, "python3 /tmp/ask.py \"%s\" %s".formatted(key, rest));
  }

  private String key(String sandbox) {
    return client().output(sandbox, "echo " + OWN_KEY);
  }

  private void delete(String sandbox) {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void anAirGappedSandboxReachesTheGatewayByItsOwnKeyAlone() {
    List<String> sandboxes = List.of(create(), create());
    for (String sandbox : sandboxes) {
      assertThat(client().output(sandbox, "env | grep -E '^(OPENAI|ANTHROPIC)_' | sort"))
          .matches(
              """
              ANTHROPIC_API_KEY=oml_[0-9a-f]{64}
              ANTHROPIC_BASE_URL=http://127.0.0.1:49980/llm
              OPENAI_API_KEY=oml_[0-9a-f]{64}
              OPENAI_BASE_URL=http://127.0.0.1:49980/llm/v1""");
      assertThat(client().output(sandbox, "ip route")).isEmpty();
      assertThat(ask(sandbox, OWN_KEY, MODELS)).startsWith("200 ").contains("\"data\"");
      assertThat(ask(sandbox, "$ANTHROPIC_API_KEY", MODELS + " x")).startsWith("200 ");
      assertThat(ask(sandbox, "oml_" + "0".repeat(64), MODELS)).startsWith("401 ");
      assertThat(ask(sandbox, "", MODELS)).startsWith("401 ");
      assertThat(ask(sandbox, OWN_KEY, "/sandboxes"))
          .as("of all routes only the gateway's")
          .startsWith("404 ");
    }
    assertThat(ask(sandboxes.getFirst(), key(sandboxes.getLast()), MODELS))
        .as("another's key")
        .startsWith("401 ");
    sandboxes.forEach(this::delete);
  }

  @Test
  void withoutAGrantNobodyListens() {
    String sandbox = prepared(Map.of());
    assertThat(client().output(sandbox, "env")).doesNotContain("OPENAI").doesNotContain("oml_");
    assertThat(ask(sandbox, "x", MODELS)).isEqualTo("ConnectionRefusedError");
    delete(sandbox);
  }

  @Test
  void theKeyOpensNothingOutside() {
    String sandbox = create();
    ApiClient thief = client().withKey(key(sandbox));
    thief.get("/sandboxes").expect(401);
    thief.get("/auth/me").expect(401);
    delete(sandbox);
  }

  @Test
  void itGoesOnAfterPausesAndAfterTheServerWasKilled() {
    String sandbox = create();
    String key = key(sandbox);
    client().post("/sandboxes/" + sandbox + "/pause", "").expect(200);
    client().post("/sandboxes/" + sandbox + "/resume", "").expect(200);
    assertThat(ask(sandbox, OWN_KEY, MODELS)).startsWith("200 ");
    server().killServer();
    server().startServer();
    assertThat(ask(sandbox, OWN_KEY, MODELS)).startsWith("200 ");
    client().post("/sandboxes/" + sandbox + "/pause", "").expect(200);
    server().killServer();
    server().startServer();
    client().post("/sandboxes/" + sandbox + "/resume", "").expect(200);
    assertThat(ask(sandbox, OWN_KEY, MODELS)).startsWith("200 ");
    assertThat(key(sandbox)).isEqualTo(key);
    delete(sandbox);
  }

  /** A program that asks on and on is heard again at once when its sandbox is resumed. */
  @Test
  void aProgramThatAsksOnFindsTheGatewayAgainAfterAPause() {
    String sandbox = create();
    client()
        .run(
            sandbox,
            Map.of(
                "command",
                "while true; do python3 /tmp/ask.py %s %s >>/tmp/answers; done"
                    .formatted(OWN_KEY, MODELS),
                "background",
                true))
        .expect(200);
    client().output(sandbox, "until [ -s /tmp/answers ]; do sleep 0.1; done");
    client().post("/sandboxes/" + sandbox + "/pause", "").expect(200);
    client().post("/sandboxes/" + sandbox + "/resume", "").expect(200);
    client()
        .output(
            sandbox,
            "n=$(wc -l </tmp/answers); until [ $(wc -l </tmp/answers) -gt $((n + 2)) ]; do sleep 0.1; done");
    assertThat(client().output(sandbox, "grep -vc '^200 ' /tmp/answers || true"))
        .as("the one that was in work when it was paused may have failed")
        .isIn("0", "1");
    delete(sandbox);
  }

  /** More than may be open at a time wait their turn. */
  @Test
  void manyCallsAtATimeAreAllAnswered() {
    String sandbox = create();
    client().writeFile(sandbox, "/tmp/many.py", MANY);
    assertThat(client().output(sandbox, "python3 /tmp/many.py")).isEqualTo("24 of 24");
    delete(sandbox);
  }
}
