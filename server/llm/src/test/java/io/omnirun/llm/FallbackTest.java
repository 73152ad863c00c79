package io.omnirun.llm;

import static io.omnirun.llm.LlmFixture.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.testkit.llm.ModelAnswer;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who answers, and is paid, when the first who was asked does not; and what is told in the end. */
@Timeout(120)
class FallbackTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STREAM = ",\"stream\":true";

  @TempDir private Path directory;

  private LlmFixture fixture(String provider, String model) throws Exception {
    return LlmFixture.configured(
        directory,
        """
        models:
          mine/first:
            routes: [{provider: %s, model: "%s"}]
            fallbacks: [mine/second]
            price: {prompt: 1, completion: 2}
          mine/second:
            routes: [{provider: openai, model: text}]
            price: {prompt: 100, completion: 200, max-completion-tokens: 1000}
        """
            .formatted(provider, model));
  }

  private static List<String> asked(LlmFixture fixture) {
    return fixture.provider.requests().stream()
        .map(seen -> seen.json().path("model").asText())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "openai, status-503",
    "openai, status-429",
    "openai, status-401",
    "openai, no-answer",
    "anthropic, status-529",
    "nobody, text"
  })
  void theFallbackAnswersAndItsPriceIsBooked(String provider, String model) throws Exception {
    for (String more : new String[] {"", STREAM}) {
      try (LlmFixture fixture = fixture(provider, model)) {
        assertThat(fixture.post(body("first", more)).statusCode()).isEqualTo(200);
        assertThat(fixture.booking().model()).isEqualTo("mine/second");
        assertThat(fixture.booking().costPicodollars())
            .isGreaterThan(fixture.booking().usage().totalTokens() * 99_000_000);
        assertThat(fixture.seen().json().path("model").asText()).isEqualTo("text");
        await().until(() -> fixture.outcomes().equals(List.of(Outcome.ANSWERED)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"words-100+cut", "words-100+error-mid-stream", "words-100+garbage"})
  void onceAnAnswerHasBegunNobodyElseIsAsked(String model) throws Exception {
    try (LlmFixture fixture = fixture("openai", model)) {
      HttpResponse<String> answer = fixture.post(body("first", STREAM));
      assertThat(answer.body()).contains("\"error\"");
      assertThat(asked(fixture)).containsExactly(model);
      assertThat(fixture.booking().model()).isEqualTo("mine/first");
    }
  }

  @Test
  void aRequestOfWhichTheProviderSaysThatItIsWrongIsTriedNowhereElse() throws Exception {
    try (LlmFixture fixture = fixture("openai", "status-400")) {
      assertThat(fixture.post(body("first", "")).statusCode()).isEqualTo(400);
      assertThat(asked(fixture)).containsExactly("status-400");
    }
  }

  @Test
  void whatOneProtocolCannotSayTheOtherIsAsked() throws Exception {
    try (LlmFixture fixture = fixture("anthropic", "text")) {
      String more = ",\"logit_bias\":{\"7\":1}";
      assertThat(fixture.post(body("first", more)).statusCode()).isEqualTo(200);
      assertThat(fixture.seen().path()).isEqualTo("/v1/chat/completions");
    }
  }

  @Test
  void aCallIsCountedOnceHoweverItEnds() throws Exception {
    String yaml =
        """
        models:
          text: {routes: [{provider: anthropic, model: text}], price: {prompt: 1, completion: 2}}
        """;
    try (LlmFixture fixture = LlmFixture.configured(directory, yaml)) {
      assertThat(fixture.post(body("text", ",\"logit_bias\":{\"7\":1}")).statusCode())
          .isEqualTo(400);
      assertThat(fixture.post(body("nobody", "")).statusCode()).isEqualTo(404);
      await().until(() -> fixture.calls.size() >= 2);
      fixture.close();
      assertThat(fixture.calls)
          .extracting(LlmTelemetry.Call::outcome)
          .containsExactly(Outcome.FAILED, Outcome.REFUSED);
    }
  }

  private static ModelAnswer answer(int status, String type, String body, String... headers) {
    return (request, output) -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      output.promise(status, type, bytes.length, headers);
      output.raw(bytes);
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 307, 402, 600})
  void aStatusThatMeansSomethingElseToTheCallerIsTheProvidersFailure(int status) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      String error =
          status < 400
              ? "{\"choices\":[{\"index\":0,\"message\":{}}]}"
              : "{\"error\":{\"message\":\"as told\"}}";
      fixture.provider.script(
          "text", answer(status, "application/json", error, "location: http://127.0.0.1:1/"));
      for (String more : new String[] {"", STREAM}) {
        HttpResponse<String> told = fixture.post(body("text", more));
        assertThat(told.statusCode()).as(told.body()).isEqualTo(502);
        assertThat(JSON.readTree(told.body()).at("/error/type").asText()).isEqualTo("server_error");
        assertThat(told.headers().firstValue("location")).isEmpty();
      }
      assertThat(fixture.booked()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"text/event-stream, ''", "text/html, <p>hello</p>", "text/event-stream, ': hello'"})
  void aStreamOfNothingIsNoAnswer(String type, String content) throws Exception {
    for (String provider : new String[] {"openai", "anthropic"}) {
      try (LlmFixture fixture =
          provider.equals("openai")
              ? LlmFixture.of(directory, "text")
              : LlmFixture.ofAnthropic(directory, "text")) {
        fixture.provider.script("text", answer(200, type, content));
        assertThat(fixture.post(body("text", STREAM)).statusCode()).isEqualTo(502);
        assertThat(fixture.booked()).isEmpty();
      }
    }
  }

  @Test
  void headersOfProvidersPassInAnySpellingButNotAll() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      fixture.provider.script(
          "text",
          answer(
              429,
              "application/json",
              "{\"error\":{\"message\":\"wait\"}}",
              "Retry-After: 7",
              "X-RateLimit-Remaining-Tokens: 3",
              "Set-Cookie: a=b",
              "Openai-Organization: hush"));
      HttpResponse<String> told = fixture.post(body("text", ""));
      assertThat(told.headers().firstValue("retry-after")).hasValue("7");
      assertThat(told.headers().firstValue("x-ratelimit-remaining-tokens")).hasValue("3");
      assertThat(told.headers().firstValue("set-cookie")).isEmpty();
      assertThat(told.headers().firstValue("openai-organization")).isEmpty();
    }
  }

  @Test
  void aUsageOfNothingIsNotBelieved() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      fixture.provider.script(
          "text",
          answer(
              200,
              "application/json",
              "{\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}"));
      assertThat(fixture.post(body("text", "")).statusCode()).isEqualTo(200);
      assertThat(fixture.booking().estimated()).isTrue();
      assertThat(fixture.booking().usage().promptTokens()).isPositive();
    }
  }
}
