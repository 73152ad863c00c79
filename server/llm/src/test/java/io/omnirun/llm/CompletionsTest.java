package io.omnirun.llm;

import static io.omnirun.llm.LlmFixture.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.LlmUsage;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are not streamed. */
@Timeout(60)
class CompletionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  @Test
  void aRequestPassesByteByByteButForItsModel() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "openai/text")) {
      String sent =
          " {\"seed\" : 1e2, \"model\":\"openai/text\",\n\"x_unknown\":{\"a\":[1.50,null]},"
              + "\"messages\":[{\"role\":\"user\",\"content\":\"h\\u00e9 ü\"}], \"top_p\":0.10}";
      assertThat(fixture.post(sent).statusCode()).isEqualTo(200);
      assertThat(new String(fixture.seen().body(), StandardCharsets.UTF_8))
          .isEqualTo(sent.replace("\"openai/text\"", "\"openai/text\""));
    }
  }

  @Test
  void theProviderIsAskedForItsOwnNameOfTheModel() throws Exception {
    String yaml =
        """
        models:
          mine/clever:
            aliases: [wise]
            routes: [{provider: openai, model: text}]
            price: {prompt: 1, completion: 2}
        """;
    try (LlmFixture fixture = LlmFixture.configured(directory, yaml)) {
      for (String name : new String[] {"mine/clever", "clever", "wise"}) {
        assertThat(fixture.post(body(name, "")).statusCode()).isEqualTo(200);
        assertThat(fixture.seen().json().path("model").asText()).isEqualTo("text");
      }
    }
  }

  @Test
  void anAnswerPassesWithWhatItHasCost() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text+unknown-fields")) {
      HttpResponse<String> answer = fixture.post(body("text+unknown-fields", ""));
      JsonNode usage = JSON.readTree(answer.body()).path("usage");
      LlmUsage used = fixture.booking().usage();
      assertThat(used.promptTokens()).isPositive().isEqualTo(usage.path("prompt_tokens").asLong());
      assertThat(used.completionTokens()).isEqualTo(usage.path("completion_tokens").asLong());
      assertThat(used.cachedTokens())
          .isEqualTo(usage.path("prompt_tokens_details").path("cached_tokens").asLong());
      long expected =
          (used.promptTokens() - used.cachedTokens()) * 1_000_000
              + used.cachedTokens() * 500_000
              + used.completionTokens() * 2_000_000;
      assertThat(fixture.booking().costPicodollars()).isEqualTo(expected);
      assertThat(usage.path("cost").decimalValue().movePointRight(12).longValueExact())
          .isEqualTo(expected);
      assertThat(fixture.booking().estimated()).isFalse();
    }
  }

  @Test
  void idsGoFromEndToEnd() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      String id = fixture.post(body("text", "")).headers().firstValue("x-request-id").orElseThrow();
      assertThat(id).startsWith("req_");
      assertThat(fixture.seen().header("x-client-request-id")).hasValue(id);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'[]',                                                        'not valid JSON'",
    "'{',                                                         'not valid JSON'",
    "'{}',                                                        model",
    "'{\"model\":7,\"messages\":[]}',                             model",
    "'{\"model\":\"text\"}',                                      messages",
    "'{\"model\":\"text\",\"messages\":[]}',                      messages",
    "'{\"model\":\"text\",\"messages\":\"hi\"}',                  messages",
    "'{\"model\":\"text\",\"messages\":[7]}',                     messages[0]",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"boss\"}]}',   messages[0].role",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\",\"content\":7}]}', messages[0].content",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\"}],\"max_tokens\":-1}', max_tokens",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\"}],\"max_completion_tokens\":0}', max_completion_tokens",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\"}],\"max_tokens\":1.5}', max_tokens",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\"}],\"n\":1000}', n",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\"}],\"stream\":\"yes\"}', stream",
    "'{\"model\":\"text\",\"messages\":[{\"role\":\"user\"}],\"stream_options\":1}', stream_options",
    "'{\"model\":\"text\",\"model\":\"dear\",\"messages\":[{\"role\":\"user\"}]}', twice"
  })
  void whatMakesNoSenseIsRefusedBeforeAnybodyIsAsked(String sent, String named) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      HttpResponse<String> answer = fixture.post(sent);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      JsonNode error = JSON.readTree(answer.body()).path("error");
      assertThat(error.path("message").asText()).contains(named);
      assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
      assertThat(error.has("param")).isTrue();
      assertThat(JSON.readTree(answer.body()).path("message").isTextual()).isTrue();
      assertThat(fixture.provider.requests()).isEmpty();
      assertThat(fixture.booked()).isEmpty();
    }
  }

  @Test
  void anUnknownModelIsNotFound() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      HttpResponse<String> answer = fixture.post(body("other", ""));
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(JSON.readTree(answer.body()).path("error").path("code").asText())
          .isEqualTo("model_not_found");
    }
  }

  @Test
  void aBodyThatIsTooLongIsRefused() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      HttpResponse<String> answer =
          fixture.post(body("text", ",\"x\":\"" + "a".repeat(Completions.MAX_BODY_BYTES) + "\""));
      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(JSON.readTree(answer.body()).path("error").path("message").isTextual()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 409, 422, 429, 500, 503})
  void aProvidersErrorPassesWithItsStatusAndCostsNothing(int status) throws Exception {
    String model = "status-" + status;
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, ""));
      assertThat(answer.statusCode()).isEqualTo(status);
      JsonNode told = JSON.readTree(answer.body());
      assertThat(told.path("error").path("message").isTextual()).as(answer.body()).isTrue();
      assertThat(told.path("message")).isEqualTo(told.path("error").path("message"));
      if (status == 429) {
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
      }
      assertThat(fixture.booked()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void thatTheOperatorsKeyIsWrongIsNotTheCallersFault(int status) throws Exception {
    String model = "status-" + status;
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, ""));
      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "garbage,     502",
    "not-http,    502",
    "no-answer,   502",
    "cut,         502",
    "reset,       502",
    "stall,       502",
    "error-200,   502"
  })
  void whatIsNoAnswerIsAnErrorOfTheProvidersAndCostsNothing(String model, int status)
      throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, ""));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
      assertThat(JSON.readTree(answer.body()).path("error").path("type").asText())
          .isEqualTo("server_error");
      assertThat(fixture.booked()).isEmpty();
    }
  }

  @Test
  void aMissingUsageIsEstimatedAndSaidToBe() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "words-40+no-usage")) {
      assertThat(fixture.post(body("words-40+no-usage", "")).statusCode()).isEqualTo(200);
      assertThat(fixture.booking().estimated()).isTrue();
      assertThat(fixture.booking().usage().completionTokens()).isBetween(20L, 400L);
    }
  }
}
