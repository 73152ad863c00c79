package io.omnirun.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.core.Audit;
import io.omnirun.core.Backoff;
import io.omnirun.core.MasterKeyGuard;
import io.omnirun.core.PreviewSettings;
import io.omnirun.core.PreviewUrls;
import io.omnirun.core.Template;
import io.omnirun.core.Templates;
import io.omnirun.core.UseCases;
import io.omnirun.core.Vaults;
import io.omnirun.core.WebhookSecrets;
import io.omnirun.core.Webhooks;
import io.omnirun.core.llm.LlmCaps;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.core.signin.AuthKeys;
import io.omnirun.core.signin.SignIn;
import io.omnirun.core.signin.SignUpPolicy;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Router;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCap;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import io.omnirun.store.Database;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** The real API over the real use cases, on a port of its own, over machines that are not there. */
final class RestServer implements AutoCloseable {
  static final int MAX_SANDBOXES = 8;

  static final String PUBLIC_URL = "https://omnirun.test";

  private static final PreviewSettings PREVIEWS =
      new PreviewSettings(
          new PreviewUrls("https", "preview.test", OptionalInt.empty()), true, true);

  private static final AtomicInteger NETWORKS = new AtomicInteger();
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final OpenApiContract CONTRACT = new OpenApiContract();

  final FakeSandboxStore store;
  final FakeAuditLog auditLog = new FakeAuditLog();
  final FakeMachineDriver driver = new FakeMachineDriver();
  final Router router = new Router();
  final FakeGuestNetwork guestNetwork = new FakeGuestNetwork();
  final ShiftedClock clock = new ShiftedClock();
  final BlockingQueue<Mail> mails = new LinkedBlockingQueue<>();
  final String network =
      "10.0.%d.%d".formatted(NETWORKS.incrementAndGet() / 256, NETWORKS.get() % 256);
  final String key;
  final String otherKey;

  private final UseCases useCases;
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  RestServer() {
    this(3);
  }

  RestServer(int maxConcurrent) {
    this(new FakeSandboxStore(maxConcurrent), maxConcurrent, new SignUpPolicy.InvitedOnly());
  }

  /** One for signing in. */
  RestServer(SignUpPolicy signUp) {
    this(new FakeSandboxStore(3), 3, signUp);
  }

  private RestServer(FakeSandboxStore fake, int maxConcurrent, SignUpPolicy signUp) {
    this(fake, fake, maxConcurrent, signUp);
  }

  /** One with a real database for all that it stores. */
  static RestServer overDatabase() {
    return new RestServer(
        SharedDatabase.get().sandboxes(NodeId.random()),
        new FakeSandboxStore(0),
        3,
        new SignUpPolicy.InvitedOnly());
  }

  private RestServer(
      SandboxStore sandboxes, FakeSandboxStore fake, int maxConcurrent, SignUpPolicy signUp) {
    Database database = SharedDatabase.get();
    store = fake;
    OpenCipher cipher = new OpenCipher();
    Audit audit = new Audit(auditLog, clock);
    new MasterKeyGuard(database.vaults(), cipher).requireRightKey();
    Vaults vaults = new Vaults(database.vaults(), cipher, cipher, audit, clock);
    useCases =
        UseCases.create(
            new UseCases.Settings(
                "node-1", new byte[32], MAX_SANDBOXES, Backoff.USUAL, Duration.ZERO, PREVIEWS),
            new UseCases.Ports(
                sandboxes,
                database.accounts(),
                database.tokens(),
                driver,
                driver.paused(),
                RestServer::golden,
                clock,
                Telemetry.NONE,
                vaults,
                guestNetwork,
                database.exposures(NodeId.random(), clock, () -> {})),
            new Templates(List.of(template("playground", "python-3.11"), template("unbuilt"))));
    key = useCases.accounts().create("first", maxConcurrent).apiKey();
    otherKey = useCases.accounts().create("second", maxConcurrent).apiKey();
    new RestApi(
            new Identity(
                useCases.authenticator(),
                useCases.accounts(),
                useCases.tokens(),
                signIn(database, vaults, audit, signUp),
                // Every server's requests come from a network of its own: limits are kept for all.
                new PublicAddress(URI.create(PUBLIC_URL), Set.of("127.0.0.1"))),
            useCases.sandboxes(),
            useCases.pauses(),
            useCases.commands(),
            useCases.codeRuns(),
            useCases.interpreter(),
            useCases.terminals(),
            useCases.files(),
            useCases.nodeStatus(),
            useCases.trafficTokens(),
            useCases.metrics(),
            useCases.networks(),
            useCases.exposures(),
            PREVIEWS.urls(),
            useCases.uses(),
            new Webhooks(
                database.webhooks(NodeId.random()),
                new WebhookSecrets(new byte[32]),
                Clock.systemUTC(),
                false),
            vaults,
            audit,
            new LlmCaps(database.llm(NodeId.random()), LlmCap.NONE, clock))
        .register(router);
    server = HttpServer.start(HttpServerConfig.at("127.0.0.1", 0), router);
  }

  private SignIn signIn(Database database, Vaults vaults, Audit audit, SignUpPolicy signUp) {
    return new SignIn(
        new SignIn.Ports(
            database.signIns(),
            database.secondFactors(),
            database.accounts(),
            database.tokens(),
            mails::add,
            vaults::ensure,
            audit,
            clock),
        new SignIn.Settings(signUp, PUBLIC_URL, new AuthKeys(new byte[32])));
  }

  private static Template template(String name, String... aliases) {
    return new Template(
        name,
        List.of(aliases),
        List.of(new SizeClass(2, 512, 1024), new SizeClass(4, 2048, 1024)),
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

  /** The key of a new account whose tokens may send so many requests a second. */
  String keyWithRate(int requestsPerSecond) {
    return useCases
        .accounts()
        .create("limited", AccountLimits.DEFAULT.withRequestsPerSecond(requestsPerSecond))
        .apiKey();
  }

  /** How many entries about lock-outs a key's account has in its audit. */
  int lockOuts(String apiKey) throws Exception {
    HttpResponse<String> entries =
        send(
            requestWithoutKey("/audit?action=limit&resource=too_many_attempts&outcome=refused")
                .header("X-API-Key", apiKey));
    return json(entries).size();
  }

  /** The first account's. */
  AccountId accountId() {
    return useCases.authenticator().authenticate(key).account().id();
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

  HttpResponse<String> put(String path, String body) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)));
  }

  /** A request to a path, with the first account's key. */
  HttpRequest.Builder request(String path) {
    return requestWithoutKey(path).header("X-API-Key", key);
  }

  HttpRequest.Builder requestWithoutKey(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .header("X-Forwarded-For", "1.2.3.4, " + network);
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
