package io.omnirun.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmUsage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers and providers where one of them, or both, speak Anthropic's protocol. */
@Timeout(120)
class AnthropicRouteTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MESSAGES = "/llm/v1/messages";
  private static final String STREAM = ",\"stream\":true";
  private static final String OPENAI_TOOLS =
      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\"}}}]";
  private static final String ANTHROPIC_TOOLS =
      ",\"tools\":[{\"name\":\"weather\",\"input_schema\":{\"type\":\"object\"}}]";

  @TempDir private Path directory;

  private static String message(String model, String more) {
    return "{\"model\":\"%s\",\"max_tokens\":500,\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]%s}"
        .formatted(model, more);
  }

  private static JsonNode json(HttpResponse<String> answer) throws Exception {
    return JSON.readTree(answer.body());
  }

  private static List<String> data(HttpResponse<String> answer) {
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring(6))
        .toList();
  }

  private static List<String> types(HttpResponse<String> answer) {
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith("event: "))
        .map(line -> line.substring(7))
        .toList();
  }

  private static void requireCost(LlmUsage used, long picodollars) {
    assertThat(used.promptTokens()).isPositive();
    assertThat(used.completionTokens()).isPositive();
    assertThat(picodollars)
        .isEqualTo(
            (used.promptTokens() - used.cachedTokens()) * 1_000_000
                + used.cachedTokens() * 500_000
                + used.completionTokens() * 2_000_000);
  }

  @Test
  void anOpenAiCallerIsAnsweredByAnAnthropicProvider() throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, "a/text")) {
      HttpResponse<String> answer = fixture.post(LlmFixture.body("text", ""));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonNode completion = json(answer);
      assertThat(completion.path("object").asText()).isEqualTo("chat.completion");
      assertThat(completion.path("model").asText()).isEqualTo("text");
      assertThat(completion.at("/choices/0/message/content").asText()).contains("hello there");
      assertThat(completion.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
      assertThat(fixture.seen().path()).isEqualTo("/v1/messages");
      assertThat(fixture.seen().json().path("model").asText()).isEqualTo("a/text");
      assertThat(fixture.seen().json().path("max_tokens").asInt()).isEqualTo(1_000);
      LlmUsage used = fixture.booking().usage();
      requireCost(used, fixture.booking().costPicodollars());
      assertThat(completion.at("/usage/prompt_tokens").asLong()).isEqualTo(used.promptTokens());
      assertThat(completion.at("/usage/cost").decimalValue().movePointRight(12).longValueExact())
          .isEqualTo(fixture.booking().costPicodollars());
    }
  }

  @Test
  void anOpenAiCallerGetsToolCallsOfAnAnthropicProvider() throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, "tools")) {
      JsonNode choice = json(fixture.post(LlmFixture.body("tools", OPENAI_TOOLS))).at("/choices/0");
      assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
      JsonNode function = choice.at("/message/tool_calls/0/function");
      assertThat(function.path("name").asText()).isEqualTo("weather");
      assertThat(JSON.readTree(function.path("arguments").asText()).isObject()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "tools", "torn", "crlf", "merged", "comments", "reasoning"})
  void anOpenAiCallerGetsTheStreamOfAnAnthropicProvider(String model) throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, model)) {
      HttpResponse<String> answer = fixture.post(LlmFixture.body(model, STREAM + OPENAI_TOOLS));
      assertThat(answer.headers().firstValue("content-type").orElseThrow())
          .startsWith("text/event-stream");
      assertThat(answer.body()).doesNotContain("\"usage\"");
      List<String> data = data(answer);
      assertThat(data.getLast()).isEqualTo("[DONE]");
      for (String chunk : data.subList(0, data.size() - 1)) {
        assertThat(JSON.readTree(chunk).path("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(JSON.readTree(chunk).path("choices").isEmpty()).isFalse();
      }
      requireCost(fixture.booking().usage(), fixture.booking().costPicodollars());
      assertThat(fixture.booking().estimated()).isFalse();
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.ANSWERED)));
    }
  }

  @Test
  void anOpenAiCallerThatWantsUsageGetsItLast() throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, "text")) {
      List<String> data =
          data(
              fixture.post(
                  LlmFixture.body(
                      "text", STREAM + ",\"stream_options\":{\"include_usage\":true}")));
      JsonNode last = JSON.readTree(data.get(data.size() - 2));
      assertThat(last.path("choices").isEmpty()).isTrue();
      assertThat(last.at("/usage/completion_tokens").asLong())
          .isEqualTo(fixture.booking().usage().completionTokens());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "status-400, 400, invalid_request_error",
    "status-429, 429, rate_limit_error",
    "status-500, 500, server_error",
    "status-529, 529, server_error",
    "status-401, 502, server_error",
    "status-402, 502, server_error",
    "garbage,    502, server_error",
    "no-answer,  502, server_error",
    "cut,        502, server_error"
  })
  void anOpenAiCallerIsToldAnAnthropicProvidersErrorInItsOwnWords(
      String model, int status, String type) throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, model)) {
      HttpResponse<String> answer = fixture.post(LlmFixture.body(model, ""));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
      assertThat(json(answer).at("/error/type").asText()).isEqualTo(type);
      assertThat(json(answer).at("/error/message").asText()).isNotEmpty();
      assertThat(json(answer).path("error").has("param")).isTrue();
      assertThat(fixture.booked()).isEmpty();
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.FAILED)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"error-mid-stream", "cut", "cut-clean", "no-done", "stall"})
  void whatBreaksOffIsToldToAnOpenAiCallerAndBookedOnce(String fault) throws Exception {
    String model = "words-100+" + fault;
    String yaml =
        """
        models:
          %s:
            routes: [{provider: quick, model: "%s"}]
            price: {prompt: 1, completion: 2}
        """
            .formatted(model, model);
    try (LlmFixture fixture = LlmFixture.configured(directory, yaml)) {
      HttpResponse<String> answer = fixture.post(LlmFixture.body(model, STREAM));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(JSON.readTree(data(answer).getLast()).at("/error/message").asText()).isNotEmpty();
      assertThat(answer.body()).doesNotContain("[DONE]");
      assertThat(fixture.booking().usage().promptTokens()).isPositive();
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.FAILED)));
    }
  }

  @Test
  void anAnthropicCallerIsAnsweredByAnOpenAiProvider() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      HttpResponse<String> answer =
          fixture.post(MESSAGES, message("text", ""), "anthropic-beta", "a-1");
      JsonNode told = json(answer);
      assertThat(told.path("type").asText()).isEqualTo("message");
      assertThat(told.path("model").asText()).isEqualTo("text");
      assertThat(told.at("/content/0/text").asText()).contains("hello there");
      assertThat(told.path("stop_reason").asText()).isEqualTo("end_turn");
      assertThat(fixture.seen().path()).isEqualTo("/v1/chat/completions");
      assertThat(fixture.seen().header("anthropic-beta")).isEmpty();
      LlmUsage used = fixture.booking().usage();
      requireCost(used, fixture.booking().costPicodollars());
      assertThat(told.at("/usage/output_tokens").asLong()).isEqualTo(used.completionTokens());
    }
  }

  @Test
  void anAnthropicCallerGetsToolCallsOfAnOpenAiProvider() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "tools")) {
      JsonNode told = json(fixture.post(MESSAGES, message("tools", ANTHROPIC_TOOLS)));
      assertThat(told.path("stop_reason").asText()).isEqualTo("tool_use");
      assertThat(told.at("/content/0/type").asText()).isEqualTo("tool_use");
      assertThat(told.at("/content/0/input").isObject()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "refusal", "torn", "no-done", "usage-in-last"})
  void anAnthropicCallerGetsTheStreamOfAnOpenAiProvider(String model) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer =
          fixture.post(MESSAGES, message(model, STREAM + ANTHROPIC_TOOLS));
      assertThat(types(answer)).startsWith("message_start", "content_block_start");
      assertThat(types(answer)).endsWith("content_block_stop", "message_delta", "message_stop");
      for (String event : data(answer)) {
        assertThat(JSON.readTree(event).path("type").asText()).isIn(types(answer));
      }
      requireCost(fixture.booking().usage(), fixture.booking().costPicodollars());
      assertThat(fixture.booking().estimated()).isFalse();
    }
  }

  @Test
  void anAnthropicCallerGetsAToolCallInPieces() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      fixture.provider.script(
          "text",
          (request, output) -> {
            output.begin("text/event-stream");
            output.chunk(
                delta("\"id\":\"c1\",\"function\":{\"name\":\"weather\",\"arguments\":\"\"}"));
            output.chunk(delta("\"function\":{\"arguments\":\"{\\\"ci\"}"));
            output.chunk(delta("\"function\":{\"arguments\":\"ty\\\":1}\"}"));
            output.chunk(
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
                    .getBytes(StandardCharsets.UTF_8));
            output.end();
          });
      HttpResponse<String> answer =
          fixture.post(MESSAGES, message("text", STREAM + ANTHROPIC_TOOLS));
      StringBuilder arguments = new StringBuilder();
      for (String event : data(answer)) {
        arguments.append(JSON.readTree(event).at("/delta/partial_json").asText());
      }
      assertThat(arguments).hasToString("{\"city\":1}");
      assertThat(
              JSON.readTree(data(answer).get(data(answer).size() - 2))
                  .at("/delta/stop_reason")
                  .asText())
          .isEqualTo("tool_use");
      assertThat(fixture.booking().estimated()).isTrue();
    }
  }

  private static byte[] delta(String call) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,%s}]}}]}\n\n"
        .formatted(call)
        .getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "status-400, 400, invalid_request_error",
    "status-429, 429, rate_limit_error",
    "status-503, 503, overloaded_error",
    "status-401, 502, api_error",
    "no-answer,  502, api_error",
    "garbage,    502, api_error"
  })
  void anAnthropicCallerIsToldAnyProvidersErrorInItsOwnWords(String model, int status, String type)
      throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(MESSAGES, message(model, ""));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
      assertThat(json(answer).path("type").asText()).isEqualTo("error");
      assertThat(json(answer).at("/error/type").asText()).isEqualTo(type);
      assertThat(json(answer).at("/error/message").asText()).isNotEmpty();
      assertThat(fixture.booked()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"error-mid-stream", "cut", "cut-clean", "stall"})
  void whatBreaksOffIsToldToAnAnthropicCallerAndBookedOnce(String fault) throws Exception {
    String model = "words-100+" + fault;
    for (boolean isOpenAi : new boolean[] {true, false}) {
      String yaml =
          """
          models:
            %s:
              routes: [{provider: %s, model: "%s"}]
              price: {prompt: 1, completion: 2}
          """
              .formatted(model, isOpenAi ? "openai" : "quick", model);
      try (LlmFixture fixture = LlmFixture.configured(directory, yaml)) {
        HttpResponse<String> answer = fixture.post(MESSAGES, message(model, STREAM));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(types(answer).getLast()).isEqualTo("error");
        assertThat(types(answer)).doesNotContain("message_stop");
        assertThat(JSON.readTree(data(answer).getLast()).at("/error/message").asText())
            .isNotEmpty();
        assertThat(fixture.booking().usage().promptTokens()).isPositive();
        await().until(() -> fixture.outcomes().equals(List.of(Outcome.FAILED)));
      }
    }
  }

  /** What the provider itself would have answered. */
  private static HttpResponse<String> direct(LlmFixture fixture, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(fixture.provider.anthropicUrl() + "/v1/messages"))
              .POST(BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "tools", "reasoning", "unknown-fields"})
  void betweenTwoOfAnthropicsBytesPassAsTheyAre(String model) throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, model)) {
      for (String more : new String[] {ANTHROPIC_TOOLS, ANTHROPIC_TOOLS + STREAM}) {
        String sent = " " + message(model, ", \"x\" : 1.50" + more);
        HttpResponse<String> answer = fixture.post(MESSAGES, sent);
        assertThat(new String(fixture.seen().body(), StandardCharsets.UTF_8)).isEqualTo(sent);
        assertThat(answer.body()).isEqualTo(direct(fixture, sent).body());
      }
      assertThat(fixture.booked()).hasSize(2);
      fixture.booked().forEach(booking -> requireCost(booking.usage(), booking.costPicodollars()));
      assertThat(fixture.booked()).noneMatch(booking -> booking.estimated());
    }
  }

  @Test
  void whatACallerWantsToTryOutPassesToAnAnthropicProvider() throws Exception {
    try (LlmFixture fixture = LlmFixture.ofAnthropic(directory, "text")) {
      fixture.post(
          MESSAGES, message("text", ""), "anthropic-beta", "a-1,b-2", "anthropic-beta", "c-3");
      assertThat(fixture.seen().header("anthropic-beta")).hasValue("a-1,b-2,c-3");
      assertThat(fixture.seen().header("anthropic-version")).hasValue("2023-06-01");
      fixture.post(MESSAGES, message("text", ""));
      assertThat(fixture.seen().header("anthropic-beta")).isEmpty();
      fixture.post(MESSAGES, message("text", ""), "anthropic-beta", "a\"b");
      assertThat(fixture.seen().header("anthropic-beta")).isEmpty();
    }
  }

  @Test
  void whatWeRefuseIsToldInAnthropicsWords() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      HttpResponse<String> senseless = fixture.post(MESSAGES, "{\"model\":\"text\"}");
      assertThat(senseless.statusCode()).isEqualTo(400);
      assertThat(json(senseless).at("/error/type").asText()).isEqualTo("invalid_request_error");
      HttpResponse<String> unknown = fixture.post(MESSAGES, message("other", ""));
      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(json(unknown).at("/error/type").asText()).isEqualTo("not_found_error");
      fixture.cap(new LlmCap(OptionalLong.of(1), OptionalLong.empty(), CapPeriod.MONTH));
      HttpResponse<String> spent = fixture.post(MESSAGES, message("text", ""));
      assertThat(spent.statusCode()).isEqualTo(402);
      assertThat(json(spent).at("/error/type").asText()).isEqualTo("billing_error");
      assertThat(spent.headers().firstValue("x-should-retry")).hasValue("false");
    }
  }
}
