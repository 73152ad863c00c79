package io.omnirun.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every route of the contract answers while a sandbox is paused. */
@Timeout(300)
class PausedRoutesTest extends SharedServer {
  private static final Path CONTRACT = Path.of("../../api/openapi.yaml");
  private static final String SANDBOX = "/sandboxes/{id}";
  private static final String FORM = "multipart/form-data; boundary=edge";
  private static final String FORM_BODY =
      """
      --edge\r
      Content-Disposition: form-data; name="path"\r
      \r
      /tmp/x\r
      --edge\r
      Content-Disposition: form-data; name="file"; filename="x"\r
      \r
      x\r
      --edge--\r
      """;

  /** What a well-formed request of a refused operation has besides its path. */
  private record Wanted(String query, String type, String body) {
    static final Wanted NOTHING = new Wanted("", "", "");

    static Wanted query(String query) {
      return new Wanted(query, "", "");
    }

    static Wanted json(String body) {
      return new Wanted("", "application/json", body);
    }
  }

  /** They work on a paused sandbox; each has a test below. */
  private static final Set<String> WORKING =
      Set.of(
          "GET /sandboxes/{id}",
          "DELETE /sandboxes/{id}",
          "POST /sandboxes/{id}/pause",
          "POST /sandboxes/{id}/resume",
          "POST /sandboxes/{id}/timeout",
          "GET /sandboxes/{id}/egress",
          "GET /sandboxes/{id}/exposures",
          "GET /sandboxes/{id}/exposures/{eid}",
          "POST /sandboxes/{id}/exposures/{eid}/refresh",
          "DELETE /sandboxes/{id}/exposures/{eid}");

  /** All others are refused, however well the request is formed. */
  private static final Map<String, Wanted> REFUSED =
      Map.ofEntries(
          Map.entry("GET /metrics", Wanted.NOTHING),
          Map.entry("POST /network-policy", Wanted.json("{\"allowIPs\":[\"1.1.1.1\"]}")),
          Map.entry("POST /exposures", Wanted.json("{\"port\":3000}")),
          Map.entry("POST /code", Wanted.json("{\"code\":\"1\"}")),
          Map.entry("POST /contexts", Wanted.json("{}")),
          Map.entry("GET /contexts", Wanted.NOTHING),
          Map.entry("DELETE /contexts/{cid}", Wanted.NOTHING),
          Map.entry("POST /contexts/{cid}/restart", Wanted.NOTHING),
          Map.entry("POST /contexts/{cid}/interrupt", Wanted.NOTHING),
          Map.entry("POST /contexts/{cid}/execute", Wanted.json("{\"code\":\"1\"}")),
          Map.entry("POST /contexts/{cid}/stream-execute", Wanted.json("{\"code\":\"1\"}")),
          Map.entry("POST /commands", Wanted.json("{\"command\":\"true\"}")),
          Map.entry("GET /commands", Wanted.NOTHING),
          Map.entry("GET /commands/{pid}", Wanted.NOTHING),
          Map.entry("DELETE /commands/{pid}", Wanted.NOTHING),
          Map.entry("POST /commands/{pid}/stdin", Wanted.json("{\"data\":\"x\"}")),
          Map.entry("GET /commands/{pid}/stream", Wanted.NOTHING),
          Map.entry("POST /pty", Wanted.json("{}")),
          Map.entry("GET /pty", Wanted.NOTHING),
          Map.entry("DELETE /pty/{pid}", Wanted.NOTHING),
          Map.entry("POST /pty/{pid}/input", Wanted.json("{\"data\":\"x\"}")),
          Map.entry("POST /pty/{pid}/resize", Wanted.json("{\"cols\":80,\"rows\":24}")),
          Map.entry("GET /pty/{pid}/read", Wanted.NOTHING),
          Map.entry("GET /pty/{pid}/ws", Wanted.NOTHING),
          Map.entry("POST /files", Wanted.json("{\"path\":\"/tmp/x\",\"content\":\"x\"}")),
          Map.entry("GET /files", Wanted.query("?path=/etc/hostname")),
          Map.entry("DELETE /files", Wanted.query("?path=/tmp/x")),
          Map.entry("GET /files/exists", Wanted.query("?path=/etc")),
          Map.entry("GET /files/info", Wanted.query("?path=/etc")),
          Map.entry("GET /files/list", Wanted.query("?path=/etc")),
          Map.entry(
              "POST /files/rename", Wanted.json("{\"oldPath\":\"/tmp/x\",\"newPath\":\"/y\"}")),
          Map.entry("POST /files/mkdir", Wanted.json("{\"path\":\"/tmp/x\"}")),
          Map.entry("POST /files/batch", Wanted.json("[{\"path\":\"/tmp/x\",\"content\":\"x\"}]")),
          Map.entry("POST /files/upload", new Wanted("", FORM, FORM_BODY)),
          Map.entry("GET /files/download", Wanted.query("?path=/etc/hostname")),
          Map.entry("GET /files/watch", Wanted.query("?path=/etc")),
          Map.entry("POST /files/download-url", Wanted.json("{\"path\":\"/tmp/x\"}")),
          Map.entry("POST /files/upload-url", Wanted.json("{\"path\":\"/tmp/x\"}")));

  private String sandbox = "";
  private String commandPid = "";
  private String terminalPid = "";
  private String exposure = "";
  private String downloadUrl = "";
  private String uploadUrl = "";

  @BeforeAll
  void pauseSandbox() {
    sandbox = client().createSandbox();
    commandPid =
        client().run(sandbox, Map.of("command", "cat", "background", true)).expect(200).text("pid");
    terminalPid = client().post(path("/pty"), "{}").expect(201).text("pid");
    downloadUrl = signed("download-url");
    uploadUrl = signed("upload-url");
    exposure = client().post(path("/exposures"), Map.of("port", 3000)).expect(201).text("id");
    client().post(path("/pause"), "").expect(200);
  }

  @AfterAll
  void deleteSandbox() {
    client().delete(path("")).expect(204);
    client().get(path("")).expectError(404, "sandbox_not_found");
    JsonNode newest = client().get("/sandboxes/history?limit=1").expect(200).json().get(0);
    assertThat(newest.path("sandboxID").asText()).isEqualTo(sandbox);
    assertThat(newest.path("reason").asText()).isEqualTo("killed");
  }

  private String path(String tail) {
    return "/sandboxes/" + sandbox + tail;
  }

  private String signed(String route) {
    Map<String, ?> body = Map.of("path", "/etc/hostname", "ttl", 3600);
    return client().post(path("/files/" + route), body).expect(200).text("url");
  }

  @Test
  void whatItAskedTheNetworkForIsStillTold() {
    assertThat(client().get(path("/egress")).expect(200).json().path("entries")).isEmpty();
  }

  @Test
  void itsExposuresAreListedRefreshedAndClosed() {
    assertThat(client().get(path("/exposures")).expect(200).json()).hasSize(1);
    String one = path("/exposures/" + exposure);
    assertThat(client().get(one).expect(200).text("status")).isEqualTo("pending");
    client().post(one + "/refresh", "").expect(200);
    client().delete(one).expect(204);
    assertThat(client().get(one).expect(200).text("status")).isEqualTo("revoked");
  }

  /** Every method and path of the contract that is about one sandbox. */
  static List<String> operations() throws IOException {
    List<String> operations = new ArrayList<>();
    Set<String> methods = Set.of("get", "post", "put", "patch", "delete");
    new YAMLMapper()
        .readTree(CONTRACT.toFile())
        .get("paths")
        .forEachEntry(
            (path, item) ->
                item.forEachEntry(
                    (method, operation) -> {
                      if (methods.contains(method) && path.startsWith(SANDBOX)) {
                        operations.add(method.toUpperCase(Locale.ROOT) + " " + path);
                      }
                    }));
    return operations;
  }

  private static String whole(String refused) {
    return refused.replaceFirst(" ", " " + SANDBOX.replace("$", "\\$"));
  }

  @Test
  void everyOperationOfTheContractHasARuleAndNoOther() throws IOException {
    assertThat(operations())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(WORKING.stream(), REFUSED.keySet().stream().map(PausedRoutesTest::whole))
                .toList());
  }

  static Stream<String> refused() {
    return REFUSED.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void isRefused(String operation) throws IOException {
    String method = operation.split(" ", 2)[0];
    String tail = operation.split(" ", 2)[1];
    Wanted wanted = requireNonNull(REFUSED.get(operation));
    String path =
        path(
                tail.replace("{pid}", tail.startsWith("/pty") ? terminalPid : commandPid)
                    .replace("{cid}", "c"))
            + wanted.query();
    Reply reply =
        tail.endsWith("/ws") ? refusedUpgrade(path) : client().send(request(method, path, wanted));
    assertThat(reply.expectError(409, "sandbox_paused").text("message")).contains("resume");
  }

  private HttpRequest.Builder request(String method, String path, Wanted wanted) {
    HttpRequest.Builder request =
        client().request(path).method(method, BodyPublishers.ofString(wanted.body()));
    return wanted.type().isEmpty() ? request : request.header("Content-Type", wanted.type());
  }

  private Reply refusedUpgrade(String path) throws IOException {
    String headers =
        """
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==""";
    try (RawRequest request = new RawRequest(server(), client(), "GET", path, headers)) {
      return request.answer();
    }
  }

  @Test
  void signedUrlsAreRefused() {
    client().send(client().requestWithoutKey(downloadUrl).GET()).expectError(409, "sandbox_paused");
    client()
        .send(client().requestWithoutKey(uploadUrl).PUT(BodyPublishers.ofString("x")))
        .expectError(409, "sandbox_paused");
    client()
        .send(
            client()
                .requestWithoutKey(uploadUrl)
                .header("Content-Type", FORM)
                .POST(BodyPublishers.ofString(FORM_BODY)))
        .expectError(409, "sandbox_paused");
  }

  @Test
  void aLargeFileIsRefusedBeforeItIsSent() throws IOException {
    String headers = "Content-Type: application/json\r\nContent-Length: 100000000";
    try (RawRequest request = new RawRequest(server(), client(), "POST", path("/files"), headers)) {
      request.answer().expectError(409, "sandbox_paused");
    }
  }

  @Test
  void itIsShownListedAndPausedAgain() {
    assertThat(client().get(path("")).expect(200).text("state")).isEqualTo("paused");
    assertThat(client().get("/sandboxes").expect(200).json().findValuesAsText("sandboxID"))
        .contains(sandbox);
    assertThat(client().get("/sandboxes/history").expect(200).json().isArray()).isTrue();
    assertThat(client().get("/webhooks").expect(200).json().isArray()).isTrue();
    assertThat(client().post(path("/pause"), "").expect(200).text("status")).isEqualTo("paused");
  }

  @Test
  void itsLifeIsSetAndBeginsWithItsResume() {
    String other = client().createSandbox();
    client().post("/sandboxes/" + other + "/pause", "").expect(200);
    JsonNode set =
        client().post("/sandboxes/" + other + "/timeout", Map.of("timeout", 77)).expect(200).json();
    assertThat(set.path("state").asText()).isEqualTo("paused");
    assertThat(set.has("endAt")).isFalse();
    client().post("/sandboxes/" + other + "/resume", "").expect(200);
    assertThat(client().get("/sandboxes/" + other).json().has("endAt")).isTrue();
    assertThat(client().output(other, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + other).expect(204);
  }
}
