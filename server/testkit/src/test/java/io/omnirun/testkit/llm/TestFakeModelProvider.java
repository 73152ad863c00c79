package io.omnirun.testkit.llm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.llm.SeenRequest.Outcome;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestFakeModelProvider {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CHAT = "/v1/chat/completions";
  private static final String MESSAGES = "/v1/messages";

  private final FakeModelProvider provider = FakeModelProvider.start();

  @AfterEach
  void close() {
    provider.close();
  }

  private static String request(String model, boolean stream, String more) {
    return """
    {"model":"%s","stream":%s,"max_tokens":900,"messages":[{"role":"user","content":"hi ü"}]%s}
    """
        .formatted(model, stream, more);
  }

  private RawAnswer chat(String model, boolean stream) throws IOException {
    return RawAnswer.of(provider, CHAT, request(model, stream, ""));
  }

  @Test
  void wholeChatSaysWhatWasSaid() throws Exception {
    JsonNode answer = JSON.readTree(chat("text", false).body());
    assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("👋 You said: hi ü");
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(2);
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(5);
    SeenRequest seen = provider.lastRequest();
    assertThat(seen.header("authorization")).contains("Bearer key");
    assertThat(seen.json().path("model").asText()).isEqualTo("text");
    assertThat(seen.outcome()).isEqualTo(Outcome.ANSWERED);
  }

  @Test
  void streamHasAUsageChunkOnlyIfAskedFor() throws Exception {
    List<String> plain = chat("text", true).data();
    assertThat(plain).last().isEqualTo("[DONE]");
    assertThat(plain).noneMatch(data -> data.contains("usage"));
    List<String> asked =
        RawAnswer.of(
                provider,
                CHAT,
                request("text", true, ",\"stream_options\":{\"include_usage\":true}"))
            .data();
    assertThat(asked).hasSize(plain.size() + 1);
    assertThat(asked.subList(0, plain.size() - 1)).allMatch(data -> data.contains("usage\":null"));
    assertThat(asked.get(plain.size() - 1))
        .contains("\"choices\":[]")
        .contains("\"total_tokens\":7");
  }

  @Test
  void toolsAreCalledTwoAtOnceInFragments() throws Exception {
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    for (String data : chat("tools", true).data()) {
      JsonNode call = data.equals("[DONE]") ? JSON.nullNode() : call(data);
      (call.path("index").asInt() == 0 ? first : second)
          .append(call.at("/function/arguments").asText());
    }
    assertThat(JSON.readTree(first.toString()).path("days").asInt()).isEqualTo(12);
    assertThat(JSON.readTree(second.toString()).path("city").asText()).isEqualTo("Zürich \"Nord\"");
  }

  private static JsonNode call(String data) throws IOException {
    return JSON.readTree(data).at("/choices/0/delta/tool_calls/0");
  }

  @Test
  void anthropicsMessagesAreWholeOrEvents() throws Exception {
    JsonNode whole =
        JSON.readTree(RawAnswer.of(provider, MESSAGES, request("tools", false, "")).body());
    assertThat(whole.at("/stop_reason").asText()).isEqualTo("tool_use");
    assertThat(whole.at("/content/1/input/days").asInt()).isEqualTo(3);
    RawAnswer streamed = RawAnswer.of(provider, MESSAGES, request("reasoning", true, ""));
    assertThat(streamed.whole())
        .containsSubsequence(
            "event: message_start",
            "\"cache_read_input_tokens\":1",
            "thinking_delta",
            "signature_delta",
            "text_delta",
            "\"stop_reason\":\"end_turn\"",
            "\"output_tokens\":9",
            "event: message_stop");
  }

  @Test
  void imagesChoicesLogprobsRefusalsAndLimits() throws Exception {
    String picture =
        """
        {"model":"image","n":2,"messages":[{"role":"user","content":[
          {"type":"text","text":"what is it?"},
          {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}
        """;
    assertThat(RawAnswer.of(provider, CHAT, picture).body())
        .contains("I saw image/png of 3 bytes\"", "I saw image/png of 3 bytes (choice 1)\"");
    assertThat(chat("refusal", true).whole()).contains("\"refusal\":\"I\"");
    assertThat(
            RawAnswer.of(
                    provider, CHAT, request("text", true, ",\"logprobs\":true,\"top_logprobs\":1"))
                .whole())
        .contains("\"token\":\" hi\",\"logprob\":-0.25,\"bytes\":[32,104,105],\"top_logprobs\":[{");
    assertThat(chat("words-1000", false).body())
        .contains("\"finish_reason\":\"length\"", "\"completion_tokens\":900");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 402, 403, 404, 409, 422, 429, 500, 503})
  void errorsHaveTheirStatus(int status) throws Exception {
    RawAnswer answer = chat("status-" + status, true);
    assertThat(answer.statusLine()).startsWith("HTTP/1.1 " + status + " ");
    assertThat(JSON.readTree(answer.body()).at("/error/message").asText()).contains("" + status);
    assertThat(answer.whole().contains("retry-after: 7")).isEqualTo(status == 429);
    assertThat(RawAnswer.of(provider, MESSAGES, request("status-" + status, true, "")).body())
        .contains("{\"type\":\"error\",\"error\":{");
  }

  @Test
  void habitsChangeWhatIsSent() throws Exception {
    assertThat(chat("no-done", true).whole()).doesNotContain("[DONE]");
    assertThat(chat("usage-unasked+null-choices", true).whole())
        .contains("\"choices\":null,\"usage\":{");
    assertThat(chat("usage-in-last", true).data())
        .anyMatch(data -> data.contains("stop") && data.contains("total_tokens"));
    assertThat(chat("unknown-fields", true).whole()).contains("obfuscation", "x_unknown");
    assertThat(chat("comments", true).whole()).contains(": keepalive\n\ndata: {");
    assertThat(chat("no-space+crlf", true).whole()).contains("data:[DONE]\r\n\r\n");
    assertThat(chat("merged", true).whole()).contains("\n\ndata: [DONE]\n\n\r\n0\r\n\r\n");
  }

  @Test
  void faultsEndAnAnswerEachInItsWay() throws Exception {
    assertThat(chat("no-answer", true).whole()).isEmpty();
    assertThat(chat("not-http", true).whole()).doesNotStartWith("HTTP");
    assertThat(chat("error-200", true).statusLine()).startsWith("HTTP/1.1 200");
    assertThat(chat("error-first", true).data().getFirst()).startsWith("{\"error\":{");
    assertThat(chat("error-mid-stream", true).data().getLast()).startsWith("{\"error\":{");
    assertThat(chat("cut-clean", true).whole()).endsWith("0\r\n\r\n").doesNotContain("stop\"");
    assertThat(chat("cut", true).whole()).endsWith("}\n\n\r\n");
    assertThat(chat("cut-in-chunk", true).whole()).doesNotEndWith("\n");
    assertThat(chat("cut", false).whole()).contains("content-length").doesNotEndWith("}");
    assertThat(chat("long-line", true).whole()).hasSizeGreaterThan(10_000_000);
  }

  @Test
  void scriptIsFollowedAndItsLastAnswerStays() throws Exception {
    provider.script("gpt-4o", ModelAnswer.named("status-503"), ModelAnswer.named("text"));
    assertThat(chat("gpt-4o", false).statusLine()).contains("503");
    assertThat(chat("gpt-4o", false).statusLine()).contains("200");
    assertThat(chat("gpt-4o", false).statusLine()).contains("200");
    assertThat(chat("no-such-thing", false).statusLine()).contains("404");
    assertThat(provider.requests()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stall",
        "endless",
        "endless+gap-5",
        "endless-line",
        "slow-60000",
        "text+gap-60000"
      })
  void itIsSeenThatAClientLeaves(String model) throws Exception {
    for (boolean stream : List.of(true, false)) {
      if (model.startsWith("text") && !stream) {
        continue;
      }
      try (Socket socket = RawAnswer.send(provider, CHAT, request(model, stream, ""))) {
        if (!model.startsWith("slow")) {
          assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
      }
      Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> provider.requests().size() == 1);
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> provider.lastRequest().outcome() == Outcome.LEFT_BY_CLIENT);
      provider.forget();
    }
  }

  @Test
  void answersTakeTheTimeThatIsOrdered() throws Exception {
    long start = System.nanoTime();
    try (Socket socket = RawAnswer.send(provider, CHAT, request("text+slow-60+gap-20", true, ""))) {
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(59));
      byte[] all = new byte[100_000];
      for (int end = 0; !new String(all, 0, end, StandardCharsets.UTF_8).contains("0\r\n\r\n"); ) {
        end += socket.getInputStream().read(all, end, all.length - end);
      }
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(60 + 7 * 20), Duration.ofSeconds(10));
  }

  @Test
  void aConnectionIsKeptForTheNextRequest() throws Exception {
    try (Socket socket = RawAnswer.send(provider, CHAT, request("text", false, ""))) {
      byte[] all = new byte[100_000];
      int end = socket.getInputStream().read(all);
      assertThat(new String(all, 0, end, StandardCharsets.UTF_8)).endsWith("}");
      String head = "GET /v1/models HTTP/1.1\r\nHost: fake\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("\"object\":\"list\"", "\"id\":\"error-mid-stream\"");
    }
    assertThat(provider.requests()).hasSize(2);
  }
}
