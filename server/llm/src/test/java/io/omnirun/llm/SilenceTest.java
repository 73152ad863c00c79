package io.omnirun.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.omnirun.testkit.llm.ModelAnswer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What callers ask, what they are answered and with which key is logged nowhere. */
@Timeout(120)
class SilenceTest {
  /** One word, for parsers repeat words. */
  private static final String SECRET = "hushhush";

  private static final String STREAM = ",\"stream\":true";

  @TempDir private Path directory;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger ours = (Logger) LoggerFactory.getLogger("io.omnirun");

  private final Logger clients = (Logger) LoggerFactory.getLogger("org.apache.hc");

  /** Those that show all that is sent, which a server has turned off (ProviderLogs). */
  private final List<Logger> ofContent =
      List.of(
          (Logger) LoggerFactory.getLogger("org.apache.hc.client5.http.wire"),
          (Logger) LoggerFactory.getLogger("org.apache.hc.client5.http.headers"));

  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage() + causes(event.getThrowableProxy()));
        }
      };

  private static String causes(@Nullable IThrowableProxy thrown) {
    StringBuilder all = new StringBuilder();
    for (IThrowableProxy next = thrown; next != null; next = next.getCause()) {
      all.append(' ').append(next.getClassName()).append(' ').append(next.getMessage());
      for (IThrowableProxy suppressed : next.getSuppressed()) {
        all.append(causes(suppressed));
      }
    }
    return all.toString();
  }

  @BeforeEach
  void listen() {
    ours.setLevel(Level.DEBUG);
    appender.setContext(ours.getLoggerContext());
    appender.start();
    ours.addAppender(appender);
    clients.setLevel(Level.ALL);
    ofContent.forEach(logger -> logger.setLevel(Level.OFF));
    clients.addAppender(appender);
  }

  @AfterEach
  void listenNoMore() {
    ours.detachAppender(appender);
    ours.setLevel(null);
    clients.detachAppender(appender);
    clients.setLevel(null);
    ofContent.forEach(logger -> logger.setLevel(null));
  }

  /** The access log's line is the last of a call. */
  private void requireSilence(LlmFixture fixture, int calls) throws Exception {
    await()
        .until(() -> lines.stream().filter(line -> line.startsWith("POST /llm")).count() >= calls);
    fixture.close();
    assertThat(lines).isNotEmpty();
    assertThat(lines).noneMatch(line -> line.contains(SECRET) || line.contains("key-of-caller"));
  }

  private static String asking(String model, String more) {
    return LlmFixture.body(model, more).replace("hello there", "hello " + SECRET + " there");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text",
        "tools",
        "status-400",
        "status-401",
        "status-429",
        "status-503",
        "no-answer",
        "not-http",
        "garbage",
        "cut",
        "cut-clean",
        "reset",
        "stall",
        "error-200",
        "error-first",
        "error-mid-stream",
        "endless-line"
      })
  void aCallIsSilentHoweverItEnds(String model) throws Exception {
    String yaml =
        """
        models:
          %s:
            routes: [{provider: openai, model: "%s"}]
            price: {prompt: 1, completion: 2, max-completion-tokens: 100}
        """
            .formatted(model, model);
    LlmFixture fixture = LlmFixture.configured(directory, yaml);
    fixture.post(asking(model, ""));
    fixture.post(asking(model, STREAM));
    fixture.post("/llm/v1/messages", asking(model, STREAM + ",\"max_tokens\":50"));
    requireSilence(fixture, 3);
  }

  @Test
  void aCallersKeyIsSilent() throws Exception {
    String yaml =
        """
        models:
          text: {routes: [{provider: callers, model: text}], price: {prompt: 1, completion: 2}}
          status-401: {routes: [{provider: callers, model: status-401}], price: {prompt: 1, completion: 2}}
        """;
    LlmFixture fixture = LlmFixture.configured(directory, yaml);
    assertThat(fixture.post(asking("text", "")).statusCode()).isEqualTo(200);
    assertThat(fixture.seen().header("authorization")).hasValue("Bearer key-of-caller");
    assertThat(fixture.post(asking("status-401", "")).statusCode()).isEqualTo(401);
    requireSilence(fixture, 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hushhush",
        "{\"model\":hushhush}",
        "{\"model\":\"text\",\"messages\":[{\"role\":\"hushhush\"}]}",
        "{\"model\":\"text\",\"messages\":[{\"role\":\"user\",\"content\":hushhush}]}",
        "{\"model\":\"text\",\"messages\":[{\"role\":\"user\",\"content\":\"hushhush\\q\"}]}",
        "{\"model\":\"text\",\"messages\":\"hushhush\"}",
        "{\"model\":\"hushhush\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"
      })
  void aRefusalIsSilent(String body) throws Exception {
    LlmFixture fixture = LlmFixture.of(directory, "text");
    assertThat(fixture.post(body).statusCode()).isBetween(400, 404);
    assertThat(fixture.post("/llm/v1/messages", body).statusCode()).isBetween(400, 404);
    requireSilence(fixture, 2);
  }

  /** What parsers stumble over, they like to repeat. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "hushhush",
        "{\"choices\": hushhush}",
        "{\"choices\":[{\"message\":{\"content\":\"hushhush\\q\"}}]}",
        "{\"choices\":[{\"message\":{\"content\":\"hushhush",
        "{\"hushhush\":1,\"choices\":[]} hushhush",
        "{\"content\": hushhush}"
      })
  void anAnswerThatIsNoneIsSilent(String answer) throws Exception {
    for (String provider : new String[] {"openai", "anthropic"}) {
      LlmFixture fixture =
          provider.equals("openai")
              ? LlmFixture.of(directory, "text")
              : LlmFixture.ofAnthropic(directory, "text");
      fixture.provider.script("text", whole(answer), streamed(answer));
      fixture.post(asking("text", ""));
      fixture.post(asking("text", STREAM));
      requireSilence(fixture, 2);
    }
  }

  private static ModelAnswer whole(String text) {
    return (request, output) -> output.json(200, text.getBytes(StandardCharsets.UTF_8));
  }

  private static ModelAnswer streamed(String text) {
    return (request, output) -> {
      output.begin("text/event-stream");
      output.chunk(
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hushhush\"}}]}\n\n"
              .getBytes(StandardCharsets.UTF_8));
      output.chunk(("data: " + text + "\n\n").getBytes(StandardCharsets.UTF_8));
      output.end();
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hushhush is no status line\r\n\r\n",
        "HTTP/1.1 hushhush OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nhushhush\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: hushhush\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhushhush\r\n"
      })
  void anAnswerThatIsNoHttpIsSilent(String answer) throws Exception {
    LlmFixture fixture = LlmFixture.of(directory, "text");
    fixture.provider.script(
        "text",
        (request, output) -> {
          output.raw(answer.getBytes(StandardCharsets.UTF_8));
          output.hangUp();
        });
    assertThat(fixture.post(asking("text", "")).statusCode()).isEqualTo(502);
    assertThat(fixture.post(asking("text", STREAM)).statusCode()).isEqualTo(502);
    requireSilence(fixture, 2);
  }
}
