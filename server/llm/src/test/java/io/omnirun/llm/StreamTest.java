package io.omnirun.llm;

import static io.omnirun.llm.LlmFixture.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.core.ports.LlmTelemetry.Outcome;
import io.omnirun.model.LlmBooking;
import io.omnirun.testkit.llm.AnswerOutput;
import io.omnirun.testkit.llm.ModelAnswer;
import io.omnirun.testkit.llm.SeenRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are streamed. */
@Timeout(120)
class StreamTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STREAM = ",\"stream\":true";
  private static final String WITH_USAGE =
      STREAM + ",\"stream_options\":{\"include_usage\":true,\"other\":1}";

  @TempDir private Path directory;

  private static List<String> data(HttpResponse<String> answer) {
    return answer
        .body()
        .lines()
        .filter(l -> l.startsWith("data:"))
        .map(l -> l.substring(5).strip())
        .toList();
  }

  /** What the provider itself would have answered. */
  private static HttpResponse<String> direct(LlmFixture fixture, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(fixture.provider.openAiUrl() + "/chat/completions"))
              .POST(BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    }
  }

  /** Without what differs from answer to answer. */
  private static String same(String body) {
    return body.replaceAll("chatcmpl-[A-Za-z0-9-]+", "chatcmpl-X")
        .replaceAll("\"created\":\\d+", "\"created\":1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text",
        "tools",
        "refusal",
        "reasoning",
        "unknown-fields",
        "comments",
        "no-space",
        "crlf",
        "torn",
        "merged",
        "no-done",
        "null-choices",
        "usage-in-last"
      })
  void aStreamPassesByteByByteToWhoAskedForUsage(String model) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      String asked = body(model, WITH_USAGE);
      HttpResponse<String> answer = fixture.post(asked);
      assertThat(answer.headers().firstValue("content-type").orElseThrow())
          .startsWith("text/event-stream");
      String expected = same(direct(fixture, asked).body()).replaceAll("(?m)^:.*\\R\\R", "");
      assertThat(same(answer.body())).isEqualTo(expected);
      assertThat(fixture.booking().estimated()).isFalse();
      assertThat(fixture.booking().usage().completionTokens()).isPositive();
    }
  }

  @Test
  void severalAnswersWithTheirProbabilitiesPass() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      String asked = body("text", WITH_USAGE + ",\"n\":3,\"logprobs\":true");
      HttpResponse<String> answer = fixture.post(asked);
      assertThat(answer.body()).contains("\"index\":2").contains("\"logprobs\":{");
      assertThat(same(answer.body())).isEqualTo(same(direct(fixture, asked).body()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text", "tools", "null-choices", "usage-unasked", "usage-in-last", "merged"})
  void whoHasNotAskedForUsageSeesNoneAndItIsBooked(String model) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, STREAM));
      assertThat(answer.body()).doesNotContain("\"usage\"").contains("data: [DONE]");
      for (String line : data(answer)) {
        if (!line.equals("[DONE]")) {
          JsonNode chunk = JSON.readTree(line);
          assertThat(chunk.path("choices").isEmpty()).as(line).isFalse();
          assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
        }
      }
      assertThat(fixture.booking().estimated()).isFalse();
    }
  }

  @Test
  void usageIsAskedForBesideWhateverElseIsAskedFor() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      fixture.post(body("text", STREAM + ",\"stream_options\":{\"other\":[1]}"));
      assertThat(fixture.seen().json().path("stream_options").toString())
          .isEqualTo("{\"other\":[1],\"include_usage\":true}");
      fixture.post(body("text", STREAM));
      assertThat(fixture.seen().json().path("stream_options").toString())
          .isEqualTo("{\"include_usage\":true}");
      fixture.post(body("text", ""));
      assertThat(fixture.seen().json().has("stream_options")).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "status-400, 400",
    "status-429, 429",
    "status-503, 503",
    "status-401, 502",
    "error-200, 502",
    "error-first, 502",
    "no-answer, 502",
    "not-http, 502"
  })
  void whatFailsBeforeTheFirstEventHasAStatus(String model, int status) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, STREAM));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
      assertThat(JSON.readTree(answer.body()).path("error").path("message").isTextual()).isTrue();
      assertThat(fixture.booked()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cut", "cut-in-chunk", "cut-clean", "stall", "garbage"})
  void aStreamThatBreaksOffSaysSoAndIsBookedOnceByEstimate(String fault) throws Exception {
    String model = "words-100+" + fault;
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, STREAM));
      assertThat(answer.statusCode()).isEqualTo(200);
      JsonNode last = JSON.readTree(data(answer).getLast());
      assertThat(last.path("error").path("message").asText()).isNotEmpty();
      LlmBooking booking = fixture.booking();
      assertThat(booking.estimated()).isTrue();
      assertThat(booking.usage().promptTokens()).isPositive();
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.FAILED)));
    }
  }

  /** What had come before a reset may be lost with it, even the head. */
  @Test
  void aStreamThatIsResetFailsAndIsBookedOnceAtMost() throws Exception {
    String model = "words-100+reset";
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, STREAM));
      assertThat(answer.statusCode()).isIn(200, 502);
      assertThat(answer.body()).contains("\"error\"");
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.FAILED)));
      assertThat(fixture.booked()).hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void aFailureInTheMiddlePassesAsItIsAndEndsTheStream() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "words-100+error-mid-stream")) {
      HttpResponse<String> answer = fixture.post(body("words-100+error-mid-stream", STREAM));
      assertThat(JSON.readTree(data(answer).getLast()).has("error")).isTrue();
      assertThat(fixture.booking().estimated()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"endless", "endless-line"})
  void whatHasNoEndIsCut(String model) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      HttpResponse<String> answer = fixture.post(body(model, STREAM + ",\"max_tokens\":10"));
      assertThat(answer.statusCode() == 502 || answer.body().contains("\"error\"")).isTrue();
      await().until(() -> fixture.seen().outcome() == SeenRequest.Outcome.LEFT_BY_CLIENT);
      assertThat(fixture.booked().size()).isLessThanOrEqualTo(1);
    }
  }

  /** The end of the transfer comes after the last event: it is waited for beside the next call. */
  @Test
  void theConnectionOfAStreamThatHasEndedIsUsedAgain() throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      Set<Thread> connections = ConcurrentHashMap.newKeySet();
      fixture.provider.script(
          "text",
          (request, output) -> {
            connections.add(Thread.currentThread());
            ModelAnswer.named("text").give(request, output);
          });
      AtomicInteger calls = new AtomicInteger();
      await()
          .until(
              () -> {
                fixture.post(body("text", STREAM));
                return calls.incrementAndGet() > connections.size();
              });
    }
  }

  /** Silent, or with a byte now and then. */
  @ParameterizedTest
  @ValueSource(ints = {60_000, 100})
  void aProviderThatGoesOnAfterTheEndIsLeftAndHoldsNobodyUp(int pauseMs) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "text")) {
      fixture.provider.script(
          "text", (request, output) -> goOn(output, Duration.ofMillis(pauseMs)));
      assertThat(fixture.post(body("text", STREAM)).body()).contains("[DONE]");
      await().until(() -> fixture.seen().outcome() == SeenRequest.Outcome.LEFT_BY_CLIENT);
    }
  }

  private static void goOn(AnswerOutput output, Duration pause) throws IOException {
    output.begin("text/event-stream");
    output.chunk("data: {\"choices\":[]}\n\ndata: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    while (true) {
      output.pause(pause);
      output.chunk(new byte[] {':'});
    }
  }

  private static Socket ask(LlmFixture fixture, String body) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /llm/v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + "Content-Length: "
            + bytes.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    return socket;
  }

  private static void readChunks(Socket client, int count) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
    for (int chunks = 0; chunks < count; ) {
      chunks += lines.readLine().startsWith("data:") ? 1 : 0;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"words-100+gap-100", "slow-30000", "think-30000"})
  void whenTheCallerHangsUpTheProviderIsLeftAtOnceAndWhatCameIsBooked(String model)
      throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      Socket client = ask(fixture, body(model, STREAM));
      await().until(() -> !fixture.provider.requests().isEmpty());
      if (model.startsWith("words")) {
        readChunks(client, 3);
      }
      client.close();
      await().until(() -> fixture.seen().outcome() == SeenRequest.Outcome.LEFT_BY_CLIENT);
      await().until(() -> fixture.booked().size() == 1);
      assertThat(fixture.booking().estimated()).isTrue();
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.CANCELLED)));
    }
  }

  /** Hangs up after some time. */
  private static void requireTimeIsBooked(LlmFixture fixture, Socket client) throws IOException {
    long asked = System.nanoTime();
    await().until(() -> System.nanoTime() - asked > TimeUnit.MILLISECONDS.toNanos(50));
    client.close();
    await().until(() -> fixture.booked().size() == 1);
    assertThat(fixture.booking().estimated()).isTrue();
    assertThat(fixture.booking().usage().completionTokens()).isBetween(5L, 1_000L);
  }

  /** Who asks, waits and leaves has made the provider write. */
  @ParameterizedTest
  @ValueSource(strings = {"", STREAM})
  void whenTheCallerHangsUpBeforeAnAnswerTheTimeItTookIsBooked(String more) throws Exception {
    try (LlmFixture fixture = LlmFixture.of(directory, "slow-30000")) {
      Socket client = ask(fixture, body("slow-30000", more));
      await().until(() -> !fixture.provider.requests().isEmpty());
      requireTimeIsBooked(fixture, client);
    }
  }

  /** A model may think for minutes after it has said who speaks. */
  @Test
  void whenTheCallerHangsUpBeforeTheFirstWordTheTimeItTookIsBooked() throws Exception {
    String model = "words-3+gap-30000";
    try (LlmFixture fixture = LlmFixture.of(directory, model)) {
      Socket client = ask(fixture, body(model, STREAM));
      readChunks(client, 1);
      requireTimeIsBooked(fixture, client);
      await().until(() -> fixture.outcomes().equals(List.of(Outcome.CANCELLED)));
    }
  }

  @Test
  void whatIsNotReadIsNotFetched() throws Exception {
    String model = "words-100000";
    String yaml =
        """
        models:
          words-100000:
            routes: [{provider: openai, model: words-100000}]
            price: {prompt: 1, completion: 2, max-completion-tokens: 200000}
        """;
    try (LlmFixture fixture = LlmFixture.configured(directory, yaml);
        Socket client = ask(fixture, body(model, STREAM))) {
      assertThat(client.getInputStream().read()).isEqualTo('H');
      await()
          .during(Duration.ofSeconds(2))
          .until(() -> fixture.seen().outcome() == SeenRequest.Outcome.UNDER_WAY);
    }
  }
}
