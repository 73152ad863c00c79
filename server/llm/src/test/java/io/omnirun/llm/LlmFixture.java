package io.omnirun.llm;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.llm.LlmBudgets;
import io.omnirun.core.llm.LlmCaps;
import io.omnirun.core.llm.LlmUsageReports;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Router;
import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.LlmConfigFile;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.TokenId;
import io.omnirun.testkit.llm.FakeModelProvider;
import io.omnirun.testkit.llm.SeenRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The gateway over real sockets before a fake provider. Every caller is the same one. */
final class LlmFixture implements AutoCloseable {
  /** Prices in dollars for a million tokens; every model of the fake provider's costs as much. */
  private static final String MODEL =
      """
        %s:
          routes: [{provider: %s, model: "%s"}]
          price: {prompt: 1, cached: 0.5, completion: 2, max-prompt-tokens: 10000, max-completion-tokens: 1000}
      """;

  /** What the caller's vault has as {@code MY_KEY}. */
  static final String VAULT_KEY = "key-of-caller";

  final FakeModelProvider provider = FakeModelProvider.start();
  final MemoryLedger ledger = new MemoryLedger();
  final List<LlmTelemetry.Call> calls = new CopyOnWriteArrayList<>();
  final LlmCaller caller =
      new LlmCaller(
          new Account(AccountId.random(), "somebody", 1),
          Optional.of(TokenId.random()),
          Optional.empty(),
          Optional.empty());
  private final LlmCaps caps;
  private final LlmBudgets budgets;
  private final LlmRoutes routes;
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  private LlmFixture(Path directory, String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("llm.yaml"), providers() + yaml);
    LlmConfig config = LlmConfigFile.load(file);
    caps = new LlmCaps(ledger, config.usualCap(), Clock.systemUTC());
    budgets = new LlmBudgets(ledger, caps);
    routes =
        new LlmRoutes(
            config,
            new LlmRoutes.Ports(
                budgets,
                new LlmUsageReports(budgets, caps, ledger),
                account -> Map.of("MY_KEY", VAULT_KEY),
                calls::add,
                Clock.systemUTC()),
            sandbox -> {});
    Router router = new Router();
    routes.register(router, handler -> exchange -> handler.handle(exchange, caller));
    server = HttpServer.start(HttpServerConfig.at("127.0.0.1", 0), router);
  }

  private String providers() {
    return """
    providers:
      openai: {url: "%s", idle-timeout-ms: 1500, first-byte-timeout-ms: 5000}
      anthropic: {kind: anthropic, url: "%s"}
      quick: {kind: anthropic, url: "%s", idle-timeout-ms: 1500}
      nobody: {url: "http://127.0.0.1:1"}
      callers: {url: "%s", vault-key: MY_KEY}
    """
        .formatted(
            provider.openAiUrl(),
            provider.anthropicUrl(),
            provider.anthropicUrl(),
            provider.openAiUrl());
  }

  /** Serves models of the fake provider's by what their names order. */
  static LlmFixture of(Path directory, String... models) throws IOException {
    StringBuilder yaml = new StringBuilder("models:\n");
    for (String model : models) {
      yaml.append(MODEL.formatted(model, "openai", model));
    }
    return new LlmFixture(directory, yaml.toString());
  }

  /** Serves models of the fake provider's, called in Anthropic's protocol. */
  static LlmFixture ofAnthropic(Path directory, String... models) throws IOException {
    StringBuilder yaml = new StringBuilder("models:\n");
    for (String model : models) {
      yaml.append(MODEL.formatted(model, "anthropic", model));
    }
    return new LlmFixture(directory, yaml.toString());
  }

  /** Serves what a file says behind its providers: openai, anthropic, quick, nobody, callers. */
  static LlmFixture configured(Path directory, String yaml) throws IOException {
    return new LlmFixture(directory, yaml);
  }

  static String body(String model, String more) {
    return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]%s}"
        .formatted(model, more);
  }

  /** Sends a request and reads the whole answer. */
  HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return post("/llm/v1/chat/completions", body);
  }

  HttpResponse<String> post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path).POST(BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Content-Type", "application/json");
  }

  int port() {
    return server.port();
  }

  /** What the provider got last. */
  SeenRequest seen() {
    return provider.lastRequest();
  }

  /** What was booked by now. */
  List<LlmBooking> booked() {
    budgets.write();
    return ledger.bookings();
  }

  /** The only booking. */
  LlmBooking booking() {
    List<LlmBooking> all = booked();
    if (all.size() != 1) {
      throw new AssertionError("there are " + all.size() + " bookings: " + all);
    }
    return requireNonNull(all.getFirst());
  }

  /** How the calls that are over have ended. */
  List<LlmTelemetry.Outcome> outcomes() {
    return calls.stream().map(LlmTelemetry.Call::outcome).toList();
  }

  void cap(LlmCap cap) {
    caps.set(caller.account().id(), LlmSubject.ACCOUNT, cap);
  }

  @Override
  public void close() throws Exception {
    client.close();
    server.close();
    routes.close();
    budgets.close();
    provider.close();
  }
}
