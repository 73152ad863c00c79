package io.omnirun.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.core.Audit;
import io.omnirun.core.Backoff;
import io.omnirun.core.Template;
import io.omnirun.core.Templates;
import io.omnirun.core.UseCases;
import io.omnirun.core.Vaults;
import io.omnirun.core.WebhookSecrets;
import io.omnirun.core.Webhooks;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Router;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The real API over the real use cases, on a port of its own, over machines that are not there. */
final class RestServer implements AutoCloseable {
  static final int MAX_SANDBOXES = 8;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final OpenApiContract CONTRACT = new OpenApiContract();

  final FakeSandboxStore store;
  final FakeAuditLog auditLog = new FakeAuditLog();
  final FakeMachineDriver driver = new FakeMachineDriver();
  final Router router = new Router();
  final String key;
  final String otherKey;

  private final UseCases useCases;
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  RestServer() {
    this(3);
  }

  RestServer(int maxConcurrent) {
    store = new FakeSandboxStore(maxConcurrent);
    OpenCipher cipher = new OpenCipher();
    Audit audit = new Audit(auditLog, Clock.systemUTC());
    Vaults vaults = new Vaults(new FakeVaultStore(), cipher, cipher, audit, Clock.systemUTC());
    useCases =
        UseCases.create(
            new UseCases.Settings("node-1", new byte[32], MAX_SANDBOXES, Backoff.USUAL),
            new UseCases.Ports(
                store,
                new FakeAccountStore(),
                driver,
                driver.paused(),
                RestServer::golden,
                Clock.systemUTC(),
                Telemetry.NONE,
                vaults),
            new Templates(List.of(template("playground", "python-3.11"), template("unbuilt"))));
    key = useCases.accounts().create("first", maxConcurrent).apiKey();
    otherKey = useCases.accounts().create("second", maxConcurrent).apiKey();
    new RestApi(
            useCases.authenticator(),
            useCases.sandboxes(),
            useCases.pauses(),
            useCases.commands(),
            useCases.terminals(),
            useCases.files(),
            useCases.nodeStatus(),
            useCases.trafficTokens(),
            useCases.metrics(),
            new Webhooks(
                new FakeWebhookStore(), new WebhookSecrets(new byte[32]), Clock.systemUTC(), false),
            vaults,
            audit)
        .register(router);
    server = HttpServer.start(HttpServerConfig.at("127.0.0.1", 0), router);
  }

  private static Template template(String name, String... aliases) {
    return new Template(
        name,
        List.of(aliases),
        List.of(new SizeClass(2, 512), new SizeClass(4, 2048)),
        Duration.ofMinutes(5),
        Map.of(),
        0);
  }

  private static GoldenSnapshot golden(Template template, SizeClass size) {
    if (template.name().equals("unbuilt")) {
      throw new OmniRunException(ErrorCode.TEMPLATE_NOT_READY, "the template is being built");
    }
    return new GoldenSnapshot("0".repeat(64), template.name(), size);
  }

  /** The first account's. */
  AccountId accountId() {
    return useCases.authenticator().authenticate(key).id();
  }

  int port() {
    return server.port();
  }

  /** The guest of the sandbox that was created last. */
  FakeGuest guest() {
    return driver.latestGuest;
  }

  /** Creates a sandbox and returns its id. */
  String create(String body) throws Exception {
    HttpResponse<String> answer = post("/sandboxes", body);
    if (answer.statusCode() != 201) {
      throw new AssertionError(answer.body());
    }
    return json(answer).get("sandboxID").textValue();
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path).GET());
  }

  HttpResponse<String> delete(String path) throws Exception {
    return send(request(path).DELETE());
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  /** A request to a path, with the first account's key. */
  HttpRequest.Builder request(String path) {
    return requestWithoutKey(path).header("X-API-Key", key);
  }

  HttpRequest.Builder requestWithoutKey(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
  }

  /** Sends a request; an answer that the contract does not describe fails the test. */
  HttpResponse<String> send(HttpRequest.Builder builder) throws Exception {
    HttpRequest request = builder.build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    List<String> violations =
        CONTRACT.violations(
            request.method(), request.uri().getRawPath(), answer.statusCode(), answer.body());
    if (!violations.isEmpty()) {
      throw new AssertionError(request + " was answered against the contract: " + violations);
    }
    return answer;
  }

  HttpClient client() {
    return client;
  }

  static JsonNode json(HttpResponse<String> answer) throws IOException {
    return MAPPER.readTree(answer.body());
  }

  @Override
  public void close() throws Exception {
    server.close();
    client.close();
    useCases.pool().close();
    useCases.timers().close();
  }
}
