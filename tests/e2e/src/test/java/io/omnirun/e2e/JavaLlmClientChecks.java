package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.models.FunctionDefinition;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import io.omnirun.testkit.llm.FakeModelProvider;
import io.omnirun.testkit.llm.SeenRequest;
import io.omnirun.testkit.llm.SeenRequest.Outcome;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What programs do with the official Java client of OpenAI's, unmodified. The other languages'
 * clients have the same checks in {@code tests/llm-clients}.
 */
abstract class JavaLlmClientChecks {
  private static final String SAID = "👋 You said: hi there";
  private static final Map<Integer, Class<? extends OpenAIServiceException>> TYPES =
      Map.of(
          400, BadRequestException.class,
          401, UnauthorizedException.class,
          402, UnexpectedStatusCodeException.class,
          404, NotFoundException.class,
          429, RateLimitException.class,
          500, InternalServerException.class);

  private OpenAIClient client;

  /** The fake that stands at the end, whatever is before it. */
  abstract FakeModelProvider provider();

  abstract LlmEndpoint endpoint();

  private OpenAIClient clientWith(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(endpoint().url())
        .apiKey(key)
        .maxRetries(0)
        .timeout(Duration.ofSeconds(30))
        .build();
  }

  @BeforeEach
  void openClient() {
    client = clientWith(endpoint().key());
  }

  @AfterEach
  void closeClient() {
    client.close();
  }

  private static ChatCompletionCreateParams.Builder asking(String model) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage("hi there");
  }

  private static ChatCompletionCreateParams.Builder askingWithTools() {
    return asking("tools")
        .addFunctionTool(FunctionDefinition.builder().name("weather").build())
        .addFunctionTool(FunctionDefinition.builder().name("clock").build());
  }

  private ChatCompletion whole(ChatCompletionCreateParams.Builder asked) {
    return client.chat().completions().create(asked.build());
  }

  private List<ChatCompletionChunk> chunks(ChatCompletionCreateParams.Builder asked) {
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(asked.build())) {
      return stream.stream().toList();
    }
  }

  private static String text(List<ChatCompletionChunk> chunks) {
    return chunks.stream()
        .flatMap(chunk -> chunk.choices().stream())
        .flatMap(choice -> choice.delta().content().stream())
        .collect(Collectors.joining());
  }

  @Test
  void plain() {
    ChatCompletion completion = whole(asking("text"));
    assertThat(completion.choices().getFirst().message().content()).contains(SAID);
    assertThat(completion.usage().orElseThrow().totalTokens()).isEqualTo(7);
  }

  @Test
  void stream() {
    List<ChatCompletionChunk> chunks = chunks(asking("text"));
    assertThat(text(chunks)).isEqualTo(SAID);
    assertThat(chunks.stream().map(ChatCompletionChunk::id).distinct()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"torn", "merged", "comments", "no-space", "crlf", "no-done"})
  void streamOfUnusualHabits(String habit) {
    assertThat(text(chunks(asking("text+" + habit)))).isEqualTo(SAID);
  }

  @Test
  void toolsAreCalled() {
    assertThat(whole(askingWithTools()).choices().getFirst().message().toolCalls().orElseThrow())
        .extracting(call -> call.asFunction().function().name())
        .containsExactly("weather", "clock");
  }

  @Test
  void streamedArgumentsOfToolsAreWholeWhenJoined() {
    Map<Long, String> arguments = new TreeMap<>();
    chunks(askingWithTools()).stream()
        .flatMap(chunk -> chunk.choices().stream())
        .flatMap(choice -> choice.delta().toolCalls().stream().flatMap(List::stream))
        .forEach(
            call ->
                arguments.merge(
                    call.index(),
                    call.function().orElseThrow().arguments().orElse(""),
                    String::concat));
    assertThat(arguments.values())
        .containsExactly(
            "{\"city\":\"Paris\",\"days\":12}", "{\"city\":\"Zürich \\\"Nord\\\"\",\"days\":3}");
  }

  @ParameterizedTest
  @ValueSource(ints = {70, 4_000_000})
  void imageInContent(int bytes) {
    String url = "data:image/png;base64," + Base64.getEncoder().encodeToString(new byte[bytes]);
    ChatCompletionContentPart picture =
        ChatCompletionContentPart.ofImageUrl(
            ChatCompletionContentPartImage.builder()
                .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder().url(url).build())
                .build());
    assertThat(
            whole(
                    ChatCompletionCreateParams.builder()
                        .model("image")
                        .addUserMessageOfArrayOfContentParts(List.of(picture)))
                .choices()
                .getFirst()
                .message()
                .content())
        .contains("I saw image/png of " + bytes + " bytes");
  }

  @Test
  void severalChoicesWithLogprobs() {
    List<ChatCompletion.Choice> choices =
        whole(asking("text").n(2).logprobs(true).topLogprobs(1)).choices();
    assertThat(choices)
        .extracting(choice -> choice.message().content().orElseThrow())
        .containsExactly(SAID, SAID + " (choice 1)");
    assertThat(choices.getFirst().logprobs().orElseThrow().content().orElseThrow().getFirst())
        .satisfies(token -> assertThat(token.logprob()).isEqualTo(-0.25))
        .satisfies(token -> assertThat(token.topLogprobs()).hasSize(1));
  }

  @Test
  void refusal() {
    assertThat(whole(asking("refusal")).choices().getFirst().message().refusal())
        .contains("I cannot help with that.");
  }

  @Test
  void usageChunkOnlyIfAskedFor() {
    assertThat(chunks(asking("text"))).noneMatch(chunk -> chunk.usage().isPresent());
    ChatCompletionChunk last =
        chunks(
                asking("reasoning")
                    .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build()))
            .getLast();
    assertThat(last.choices()).isEmpty();
    assertThat(last.usage().orElseThrow().completionTokensDetails().orElseThrow().reasoningTokens())
        .contains(4L);
  }

  @Test
  void unknownFieldsPass() {
    assertThat(
            whole(asking("unknown-fields").putAdditionalBodyProperty("x_mine", JsonValue.from(1)))
                ._additionalProperties())
        .containsKey("x_unknown");
    assertThat(chunks(asking("unknown-fields"))).allMatch(chunk -> chunk.obfuscation().isPresent());
    assertThat(provider().requests().stream().map(SeenRequest::json))
        .anyMatch(request -> request.path("x_mine").asInt() == 1);
  }

  @Test
  void models() {
    assertThat(client.models().list().autoPager().stream().map(model -> model.id()))
        .contains("text", "tools");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 402, 404, 429, 500})
  void errorsAreTyped(int status) {
    LlmEndpoint.Provocation way = endpoint().provoking(status);
    client.close();
    client = clientWith(way.key());
    OpenAIServiceException whole =
        catchThrowableOfType(OpenAIServiceException.class, () -> whole(asking(way.model())));
    assertThat(whole).isInstanceOf(TYPES.get(status));
    assertThat(Math.min(500, whole.statusCode())).isEqualTo(status);
    assertThatThrownBy(() -> chunks(asking(way.model()))).isInstanceOf(TYPES.get(status));
  }

  @Test
  void errorInTheMiddleOfAStreamIsThrown() {
    assertThatThrownBy(() -> chunks(asking("error-mid-stream"))).isInstanceOf(SseException.class);
    assertThatThrownBy(() -> chunks(asking("cut"))).isInstanceOf(RuntimeException.class);
  }

  @Test
  void streamThatIsClosedIsClosedAtTheProvider() {
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(asking("endless+gap-5").build())) {
      Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
      for (int i = 0; i < 20; i++) {
        chunks.next();
      }
      SeenRequest seen = provider().lastRequest();
      assertThat(seen.outcome()).isEqualTo(Outcome.UNDER_WAY);
    }
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> provider().lastRequest().outcome() == Outcome.LEFT_BY_CLIENT);
  }
}
