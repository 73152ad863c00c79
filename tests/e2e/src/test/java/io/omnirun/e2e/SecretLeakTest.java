package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A credential with a mark is stored, given to a sandbox, refused, paused and overwritten; then it
 * is looked for everywhere it must not be. Each search that finds nothing has found it before where
 * it may be: in the sandbox that it was given to.
 */
@Timeout(900)
class SecretLeakTest extends SharedServer {
  private static final String NAME = "MARKED_CREDENTIAL";

  private static final Pattern POOL_READY = Pattern.compile("omnirun_pool_ready\\{[^}]*} 1\\.0");

  private final String secret = "mark-" + UUID.randomUUID() + "-mark";
  private final SecretSearch search = new SecretSearch(secret);
  private final int metricsPort = freePort();
  private final List<String> told = new CopyOnWriteArrayList<>();

  @Override
  Map<String, String> settings() {
    return Map.of(
        "pool",
        "base=1",
        "metrics.bind",
        "127.0.0.1:" + metricsPort,
        "webhooks.allow-private",
        "true");
  }

  @Test
  void markedSecretIsInItsSandboxAndNowhereElse() throws IOException {
    HttpServer receiver = receiveEvents();
    ApiClient owner = server().clientOfNewAccount(5);
    owner
        .post(
            "/webhooks",
            Map.of(
                "url",
                url(receiver),
                "events",
                List.of("created", "sandbox.killed", "sandbox.paused")))
        .expect(201);
    List<Reply> answers = new ArrayList<>();
    answers.add(owner.post("/vault/credentials", Map.of("key", NAME, "value", secret)).expect(201));
    answers.addAll(refusals(owner));

    ApiClient stranger = server().clientOfNewAccount(5);
    String foreign = stranger.createSandbox(Map.of("vaultInject", true));
    awaitFullPool();
    awaitMachines(2);
    final Set<Long> others = vmms();
    answers.add(
        owner.post("/sandboxes", Map.of("template", "base", "vaultInject", true)).expect(201));
    String mine = answers.getLast().text("sandboxID");
    // The clone that was ready before has it now, and another has come into the pool.
    awaitMachines(3);

    assertThat(owner.output(mine, "printenv " + NAME + "; sync")).isEqualTo(secret);
    List<Long> given = vmms().stream().filter(search::isInMemoryOf).toList();
    assertThat(given).as("the one machine that has it").hasSize(1);
    assertThat(others).as("it was the pool's").containsAll(given);
    List<Path> inTheClear = search.filesBelow(server().stateDirectory());
    assertThat(inTheClear).as("the disk of that machine").hasSize(1);
    assertThat(inTheClear.getFirst().toString()).contains("/machines/");
    assertThat(stranger.output(foreign, "cat /proc/*/environ /tmp/.omnirun-env | tr -d '\\0'"))
        .doesNotContain(secret)
        .doesNotContain(NAME);

    answers.add(owner.post("/sandboxes/" + mine + "/pause", "").expect(200));
    awaitMachines(2);
    assertNoFileHoldsIt();
    assertThat(vmms()).noneMatch(search::isInMemoryOf);
    answers.add(owner.post("/sandboxes/" + mine + "/resume", "").expect(200));
    answers.add(
        owner.post("/vault/credentials", Map.of("key", NAME, "value", "another")).expect(201));
    answers.add(owner.get("/vault/credentials").expect(200));
    answers.add(owner.get("/sandboxes/" + mine).expect(200));
    answers.add(owner.get("/sandboxes/" + mine + "/egress").expect(200));
    answers.add(owner.delete("/sandboxes/" + mine).expect(204));
    answers.add(owner.get("/sandboxes/history").expect(200));
    answers.add(owner.get("/webhooks").expect(200));
    answers.add(metrics());
    answers.add(owner.get("/audit?limit=1000").expect(200));
    assertThat(answers.getLast().body()).contains(NAME).contains("vault.inject");

    assertThat(answers).extracting(Reply::body).noneMatch(search::isIn);
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(() -> told.stream().anyMatch(body -> body.contains("sandbox.killed")));
    assertThat(told).hasSizeGreaterThanOrEqualTo(3).noneMatch(search::isIn);
    assertThat(search.processesTold()).isEmpty();
    stranger.delete("/sandboxes/" + foreign).expect(204);
    awaitMachines(1);
    server().stopServer();
    assertNoFileHoldsIt();
    receiver.stop(0);
  }

  /** State, database, keys, logs of server and launcher, and what new sandboxes are made of. */
  private void assertNoFileHoldsIt() {
    Path state = server().stateDirectory();
    assertThat(search.filesBelow(state)).isEmpty();
    assertThat(search.filesBelow(Path.of("/run", "omnirun-" + state.getFileName()))).isEmpty();
    assertThat(search.filesBelow(server().goldenDirectory("base"))).isEmpty();
    assertThat(server().serverLog()).contains("credentials 201");
  }

  /** What goes wrong tells of it, without it. */
  private List<Reply> refusals(ApiClient client) {
    return List.of(
        client.post("/vault/credentials", Map.of("key", "PATH", "value", secret)).expect(400),
        client.post("/vault/credentials", Map.of("key", "A B", "value", secret)).expect(400),
        client.post("/vault/credentials", Map.of("key", "A", "value", List.of(secret))).expect(400),
        client.post("/vault/credentials", Map.of("key", "A", "value", secret + "\0")).expect(400),
        client
            .post("/vault/credentials", Map.of("key", "A", "value", secret + "x".repeat(65_536)))
            .expect(400),
        client.post("/vault/credentials", "{\"key\":\"A\",\"value\":" + secret + "}").expect(400),
        client.post("/vault/credentials", "{\"key\":\"A\",\"value\":\"" + secret).expect(400),
        client.post("/sandboxes", "{\"template\":\"none\",\"vaultInject\":true}").expect(404));
  }

  private HttpServer receiveEvents() throws IOException {
    HttpServer receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          try (exchange) {
            told.add(
                exchange.getRequestHeaders().entrySet()
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
          }
        });
    receiver.start();
    return receiver;
  }

  private static String url(HttpServer receiver) {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
  }

  private Set<Long> vmms() {
    return server().vmms().stream()
        .map(ProcessHandle::pid)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Or the next sandbox would be made for itself. */
  private void awaitFullPool() {
    Awaitility.await()
        .atMost(180, TimeUnit.SECONDS)
        .until(() -> POOL_READY.matcher(metrics().body()).find());
  }

  private Reply metrics() {
    return new ApiClient(URI.create("http://127.0.0.1:" + metricsPort), "").get("/metrics");
  }

  private void awaitMachines(int count) {
    Awaitility.await().atMost(180, TimeUnit.SECONDS).until(() -> vmms().size() == count);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
