package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.llm.SeenRequest;
import io.omnirun.testkit.llm.SeenRequest.Outcome;
import io.omnirun.testkit.server.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The official clients of OpenAI's in three languages, and requests as OmniRun's own client sends
 * them. Each check of a program in {@code tests/llm-clients} counts as a test; {@code ./dev test}
 * has installed what they need.
 */
abstract class LlmClientChecks extends JavaLlmClientChecks {
  private static final String PASS = "--- PASS: ";
  private static final String FAIL = "--- FAIL: ";

  private final Path cache = Installation.find().cache();

  @TestFactory
  Stream<DynamicTest> officialJavaScriptClient() throws Exception {
    return checksOf("node", "llm-clients-node/check-openai.mjs");
  }

  @TestFactory
  Stream<DynamicTest> requestsOfOmniRunsClient() throws Exception {
    return checksOf("node", "llm-clients-node/check-omnirun.mjs");
  }

  @TestFactory
  Stream<DynamicTest> officialPythonClient() throws Exception {
    return checksOf(
        cache.resolve("llm-clients-python/bin/python").toString(),
        Path.of("../llm-clients/python/check_openai.py").toAbsolutePath().toString());
  }

  /** Whether the endpoint keeps accounts, as the bare provider does not. */
  abstract boolean isOurs();

  private Stream<DynamicTest> checksOf(String program, String script) throws Exception {
    Process run = start(program, cache.resolve(script).toString());
    List<String> told =
        new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    int status = run.waitFor();
    List<String> checks = told.stream().filter(line -> line.startsWith("--- ")).toList();
    assertThat(checks).as(String.join("\n", told)).isNotEmpty();
    DynamicTest end =
        DynamicTest.dynamicTest(
            "the program ends well, and so has every request",
            () -> {
              assertThat(status).as(String.join("\n", told)).isZero();
              awaitEnds();
            });
    return Stream.concat(checks.stream().map(line -> test(line, told)), Stream.of(end));
  }

  private static DynamicTest test(String line, List<String> told) {
    String name = line.substring(PASS.length());
    return DynamicTest.dynamicTest(
        name, () -> assertThat(line).as(String.join("\n", told)).doesNotStartWith(FAIL));
  }

  private Process start(String program, String script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program, script).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("LLM_BASE_URL", endpoint().url());
    environment.put("LLM_API_KEY", endpoint().key());
    environment.put("LLM_ERRORS", new ObjectMapper().writeValueAsString(endpoint().provocations()));
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    if (isOurs()) {
      environment.put("LLM_USAGE", "1");
    }
    return builder.start();
  }

  private void awaitEnds() {
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                provider().requests().stream()
                    .map(SeenRequest::outcome)
                    .noneMatch(Outcome.UNDER_WAY::equals));
  }
}
