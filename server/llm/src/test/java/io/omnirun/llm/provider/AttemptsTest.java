package io.omnirun.llm.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.RouteConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.testkit.llm.FakeModelProvider;
import io.omnirun.testkit.llm.ModelAnswer;
import io.omnirun.testkit.llm.SeenRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AttemptsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final byte[] REDIRECT =
      "{\"error\":{\"message\":\"go on\"}}".getBytes(StandardCharsets.US_ASCII);

  private final FakeModelProvider fake = FakeModelProvider.start();
  private final ProviderConfig provider = TestModels.provider("fake", fake.openAiUrl());
  private final ProviderConfig nobody =
      TestModels.provider("nobody", URI.create("http://127.0.0.1:1"));
  private final AtomicLong nanos = new AtomicLong();
  private final Providers providers =
      new Providers(
          TestModels.config(), new ProviderKeys(account -> Map.of("MY_KEY", "key-of-caller")));
  private final Attempts attempts = new Attempts(providers, new Cooling(nanos::get), bound -> 0);

  @AfterEach
  void close() {
    providers.close();
    fake.close();
  }

  private RouteConfig route(String model) {
    return TestModels.route(provider, model);
  }

  private ProviderAnswer ask(RouteConfig... routes) {
    return ask(TestModels::request, routes);
  }

  private ProviderAnswer ask(Function<Candidate, ProviderRequest> request, RouteConfig... routes) {
    return attempts.ask(
        Stream.of(routes).map(TestModels::candidate).toList(),
        request,
        AccountId.random(),
        new CompletableFuture<>());
  }

  private List<String> asked() {
    return fake.requests().stream().map(seen -> seen.json().path("model").asText()).toList();
  }

  private static void requireFailure(ErrorCode code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 529})
  void whatIsTheProvidersAffairIsLeftForTheNext(int status) throws IOException {
    try (ProviderAnswer answer = ask(route("status-" + status), route("text"))) {
      assertThat(answer.status()).isEqualTo(200);
      assertThat(asked()).containsExactly("status-" + status, "text");
      assertThat(answer.candidate().route().model()).isEqualTo("text");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 409, 413, 422})
  void whatIsTheCallersAffairIsAnsweredAtOnce(int status) throws IOException {
    try (ProviderAnswer answer = ask(route("status-" + status), route("text"))) {
      assertThat(answer.status()).isEqualTo(status);
      assertThat(asked()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-answer", "not-http"})
  void whoDoesNotAnswerIsLeftForTheNext(String model) throws IOException {
    try (ProviderAnswer answer = ask(route(model), route("text"))) {
      assertThat(answer.status()).isEqualTo(200);
      assertThat(asked()).containsExactly(model, "text");
    }
    try (ProviderAnswer answer = ask(TestModels.route(nobody, "text"), route("text"))) {
      assertThat(answer.status()).isEqualTo(200);
    }
  }

  @Test
  void theLastOnesErrorIsTheAnswer() throws IOException {
    try (ProviderAnswer answer = ask(route("status-500"), route("status-429"))) {
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.header("retry-after")).isEqualTo("7");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"words-50+cut", "words-50+reset", "words-50+cut-in-chunk"})
  void onceAByteHasComeNobodyElseIsAsked(String model) throws IOException {
    try (ProviderAnswer answer = ask(route(model), route("text"))) {
      assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
      assertThat(asked()).containsExactly(model);
    }
  }

  @Test
  void aKeptConnectionThatWasClosedMeanwhileIsTriedAgain() throws IOException {
    ModelAnswer hangUp = (request, output) -> output.hangUp();
    fake.script("m", ModelAnswer.named("text"), hangUp, ModelAnswer.named("text"));
    for (int i = 0; i < 2; i++) {
      try (ProviderAnswer answer = ask(route("m"))) {
        assertThat(answer.status()).isEqualTo(200);
        answer.body().readAllBytes();
      }
    }
    assertThat(asked()).hasSize(3);
  }

  @Test
  void aLonelyRouteIsTriedAgainOnce() {
    requireFailure(ErrorCode.LLM_UPSTREAM_FAILED, () -> ask(route("no-answer")));
    assertThat(asked()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"status-500", "status-429", "status-400"})
  void aLonelyRoutesErrorIsNotTriedAgain(String model) throws IOException {
    try (ProviderAnswer answer = ask(route(model))) {
      assertThat(answer.status()).isGreaterThanOrEqualTo(400);
      assertThat(asked()).hasSize(1);
    }
  }

  @Test
  void aLonelyRouteThatIsLateIsNotTriedAgain() {
    RouteConfig late =
        TestModels.route(TestModels.withTimeouts(provider, LONG, SHORT, LONG), "slow-30000");
    requireFailure(ErrorCode.LLM_UPSTREAM_TIMEOUT, () -> ask(late));
    assertThat(asked()).hasSize(1);
    await().until(() -> fake.lastRequest().outcome() == SeenRequest.Outcome.LEFT_BY_CLIENT);
  }

  @Test
  void whoeverIsLateIsLeftForTheNext() throws IOException {
    RouteConfig late =
        TestModels.route(TestModels.withTimeouts(provider, LONG, SHORT, LONG), "slow-30000");
    try (ProviderAnswer answer = ask(late, route("text"))) {
      assertThat(answer.status()).isEqualTo(200);
    }
    await().until(() -> fake.requests().getFirst().outcome() == SeenRequest.Outcome.LEFT_BY_CLIENT);
  }

  /** A server that takes no connections any more, and refuses none. */
  private static List<Socket> fill(ServerSocket server) throws IOException {
    List<Socket> waiting = new ArrayList<>();
    while (true) {
      Socket socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), 500);
      } catch (SocketTimeoutException full) {
        return waiting;
      }
    }
  }

  @Test
  void whoTakesNoConnectionIsLate() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> waiting = fill(server);
      ProviderConfig full =
          TestModels.withTimeouts(
              TestModels.provider("full", URI.create("http://127.0.0.1:" + server.getLocalPort())),
              SHORT,
              LONG,
              LONG);
      long begun = System.nanoTime();
      requireFailure(ErrorCode.LLM_UPSTREAM_TIMEOUT, () -> ask(TestModels.route(full, "text")));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LONG.dividedBy(2));
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  @Test
  void whoFallsSilentInTheMiddleIsCut() throws IOException {
    RouteConfig silent =
        TestModels.route(TestModels.withTimeouts(provider, LONG, LONG, SHORT), "words-50+stall");
    try (ProviderAnswer answer = ask(silent)) {
      assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
    }
    await().until(() -> fake.lastRequest().outcome() == SeenRequest.Outcome.LEFT_BY_CLIENT);
  }

  @Test
  void timeInWhichNobodyReadsIsNoSilence() throws Exception {
    RouteConfig slowlyRead =
        TestModels.route(TestModels.withTimeouts(provider, LONG, LONG, SHORT), "words-50");
    try (ProviderAnswer answer = ask(slowlyRead)) {
      assertThat(answer.body().read()).isEqualTo('d');
      // Longer than the time-out, and than the watch's round: nothing can be waited for.
      await()
          .pollDelay(SHORT.plusMillis(1_500))
          .until(() -> fake.lastRequest().outcome() == SeenRequest.Outcome.ANSWERED);
      assertThat(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8))
          .contains("[DONE]");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void redirectsAreNotFollowed(int status) throws IOException {
    fake.script(
        "m",
        (request, output) ->
            output.json(status, REDIRECT, "location: " + fake.openAiUrl() + "/elsewhere"));
    try (ProviderAnswer answer = ask(route("m"))) {
      assertThat(answer.status()).isEqualTo(status);
    }
    try (ProviderAnswer answer = ask(route("m"), route("text"))) {
      assertThat(answer.status()).isEqualTo(200);
    }
    assertThat(fake.requests()).extracting(SeenRequest::path).containsOnly("/v1/chat/completions");
  }

  @Test
  void afterSomeFailuresARouteIsTriedLastForAWhile() throws IOException {
    ModelConfig model = TestModels.model("m", route("status-503"), route("text"));
    for (int i = 0; i < Cooling.FAILURES; i++) {
      attempts
          .ask(
              attempts.plan(model, List.of()),
              TestModels::request,
              AccountId.random(),
              new CompletableFuture<>())
          .close();
    }
    assertThat(asked()).hasSize(2 * Cooling.FAILURES);
    assertThat(first(model)).isEqualTo("text");
    nanos.addAndGet(Cooling.COOL_DOWN.toNanos());
    assertThat(first(model)).isEqualTo("status-503");
  }

  private String first(ModelConfig model) {
    return attempts.plan(model, List.of()).getFirst().route().model();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 402, 403, 429})
  void aCallersWrongKeyDoesNotKeepOthersFromARoute(int status) throws IOException {
    RouteConfig own =
        TestModels.route(TestModels.withVaultKey(provider, "MY_KEY"), "status-" + status);
    for (int i = 0; i < Cooling.FAILURES; i++) {
      ask(own, route("text")).close();
    }
    assertThat(first(TestModels.model("m", own, route("text")))).isEqualTo("status-" + status);
  }

  private static ProviderRequest refuseText(Candidate candidate) {
    if (candidate.route().model().equals("text")) {
      throw new OmniRunException(ErrorCode.INVALID_REQUEST, "cannot be said");
    }
    return TestModels.request(candidate);
  }

  @Test
  void whoCannotBeToldTheRequestIsLeftForTheNext() throws IOException {
    try (ProviderAnswer answer = ask(AttemptsTest::refuseText, route("text"), route("tools"))) {
      assertThat(answer.status()).isEqualTo(200);
      assertThat(asked()).containsExactly("tools");
    }
  }

  @Test
  void whatNobodyCanBeToldIsRefused() {
    requireFailure(ErrorCode.INVALID_REQUEST, () -> ask(AttemptsTest::refuseText, route("text")));
    requireFailure(
        ErrorCode.INVALID_REQUEST,
        () -> ask(AttemptsTest::refuseText, route("text"), route("text")));
  }

  @Test
  void thatAProviderFailedIsNoFaultOfTheRequestThoughTheOtherCannotBeToldIt() {
    requireFailure(
        ErrorCode.LLM_UPSTREAM_FAILED,
        () -> ask(AttemptsTest::refuseText, route("status-503"), route("text")));
  }

  @Test
  void whenTheClientIsGoneNothingMoreIsTried() {
    CompletableFuture<Void> gone = CompletableFuture.completedFuture(null);
    requireFailure(
        ErrorCode.LLM_UPSTREAM_FAILED,
        () ->
            attempts.ask(
                List.of(TestModels.candidate(route("text"))),
                TestModels::request,
                AccountId.random(),
                gone));
    assertThat(fake.requests()).isEmpty();
  }
}
