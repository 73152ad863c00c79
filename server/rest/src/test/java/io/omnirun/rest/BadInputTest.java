package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What callers get wrong: each has a 4xx of its own, says what to do, and changes nothing. */
class BadInputTest {
  private static final String POST = "POST";
  private static final String GET = "GET";
  private static final String NEW = "/sandboxes";
  private static final String RUN = "/sandboxes/ID/commands";
  private static final String FILES = "/sandboxes/ID/files";

  private static RestServer server;
  private static String id;

  @BeforeAll
  static void createSandbox() throws Exception {
    server = new RestServer();
    id = server.create("{}");
  }

  @AfterAll
  static void closeServer() throws Exception {
    server.close();
  }

  static Stream<Arguments> requests() {
    return Stream.of(creates(), maps(), commands(), writes(), reads(), lists(), lives())
        .flatMap(rows -> rows);
  }

  private static Stream<Arguments> creates() {
    return Stream.of(
        bad(NEW, "{\"template\":\"nope\"}", 404, "template_not_found", "this server has"),
        bad(NEW, "{\"template\":\"unbuilt\"}", 409, "template_not_ready", "being built"),
        bad(NEW, "{\"template\":\"\"}", 400, "invalid_request", "template's name"),
        bad(NEW, "{\"template\":\"" + "x".repeat(129) + "\"}", 400, "invalid_request", "128"),
        bad(NEW, "{\"template\":1}", 400, "invalid_request", "\"template\" must be a string"),
        bad(NEW, "{\"templateID\":[]}", 400, "invalid_request", "\"templateID\" must be a string"),
        bad(
            NEW,
            "{\"template\":\"playground\",\"templateID\":\"unbuilt\"}",
            400,
            "invalid_request",
            "send one"),
        bad(NEW, "{\"timeout\":\"300\"}", 400, "invalid_request", "\"timeout\" must be an integer"),
        bad(NEW, "{\"timeout\":1.5}", 400, "invalid_request", "not the number 1.5"),
        bad(NEW, "{\"timeout\":-1}", 400, "invalid_request", "from 0 to 86400 seconds, not -1"),
        bad(NEW, "{\"timeout\":86401}", 400, "invalid_request", "0 makes the sandbox permanent"),
        bad(NEW, "{\"timeout\":4294967356}", 400, "invalid_request", "\"timeout\""),
        bad(NEW, "{\"memoryMB\":0}", 400, "invalid_request", "\"memoryMB\""),
        bad(NEW, "{\"memoryMB\":4096}", 400, "size_not_available", "its sizes are"),
        bad(NEW, "{\"memoryMB\":\"512\"}", 400, "invalid_request", "not a string"),
        bad(NEW, "{\"diskMB\":0}", 400, "invalid_request", "\"diskMB\""),
        bad(NEW, "{\"diskMB\":1.5}", 400, "invalid_request", "\"diskMB\""),
        bad(NEW, "{\"diskMB\":999999999999}", 400, "invalid_request", "\"diskMB\""),
        bad(NEW, "{\"diskMB\":16777216}", 400, "size_not_available", "16777216 MB of disk"),
        bad(NEW, "{\"cpuCount\":5}", 400, "size_not_available", "its sizes are"),
        bad(NEW, "{\"cpuCount\":-2}", 400, "invalid_request", "\"cpuCount\""),
        bad(
            NEW,
            "{\"internet\":\"yes\"}",
            400,
            "invalid_request",
            "\"internet\" must be a boolean"),
        bad(NEW, "{\"autoPause\":1}", 400, "invalid_request", "\"autoPause\" must be a boolean"),
        bad(NEW, "{\"secure\":\"\"}", 400, "invalid_request", "\"secure\" must be a boolean"),
        bad(NEW, "{\"vaultInject\":[]}", 400, "invalid_request", "\"vaultInject\""),
        bad(NEW, "{\"e2ee\":{}}", 400, "invalid_request", "\"e2ee\" must be a boolean"),
        bad(NEW, "{\"clientPublicKey\":1}", 400, "invalid_request", "\"clientPublicKey\""),
        bad(NEW, "{\"maskRequestHost\":true}", 400, "invalid_request", "\"maskRequestHost\""),
        bad(NEW, "{\"sniProxy\":\"true\"}", 400, "invalid_request", "\"sniProxy\""),
        bad(NEW, "{\"sniProxyLogOnly\":0}", 400, "invalid_request", "\"sniProxyLogOnly\""),
        bad(NEW, "{\"allowDomains\":\"a.com\"}", 400, "invalid_request", "\"allowDomains\""),
        bad(NEW, "{\"llm\":true}", 400, "invalid_request", "\"llm\" must be an object"),
        bad(NEW, "{\"llm\":[]}", 400, "invalid_request", "\"llm\" must be an object"),
        bad(NEW, "{\"llm\":{\"x\":1}}", 400, "invalid_request", "\"llm.x\" is not known"),
        bad(NEW, "{\"llm\":{\"models\":\"m\"}}", 400, "invalid_request", "\"llm.models\""),
        bad(NEW, "{\"llm\":{\"models\":[1]}}", 400, "invalid_request", "\"llm.models[0]\""),
        bad(NEW, "{\"llm\":{\"models\":[\" \"]}}", 400, "invalid_request", "1 to 200 characters"),
        bad(
            NEW,
            "{\"llm\":{\"capCents\":\"1\"}}",
            400,
            "invalid_request",
            "\"llm.capCents\" must be a number"),
        bad(NEW, "{\"llm\":{\"capCents\":-0.01}}", 400, "invalid_request", "\"llm.capCents\""),
        bad(
            NEW,
            "{\"llm\":{\"capCents\":100000000.01}}",
            400,
            "invalid_request",
            "\"llm.capCents\""),
        bad(
            NEW,
            "{\"llm\":{\"capCents\":1e999999999}}",
            400,
            "invalid_request",
            "\"llm.capCents\""),
        bad(NEW, "{\"llm\":{\"capTokens\":1.5}}", 400, "invalid_request", "\"llm.capTokens\""),
        bad(NEW, "{\"llm\":{\"capTokens\":-1}}", 400, "invalid_request", "\"llm.capTokens\""),
        bad(
            NEW,
            "{\"llm\":{\"capTokens\":1000000000000001}}",
            400,
            "invalid_request",
            "\"llm.capTokens\""),
        bad(NEW, "{\"llm\":{\"onCap\":\"kill\"}}", 400, "invalid_request", "\"llm.onCap\" must be"),
        bad(NEW, "{\"llm\":{\"onCap\":true}}", 400, "invalid_request", "\"llm.onCap\""),
        bad(NEW, "{\"network\":[]}", 400, "invalid_request", "\"network\" must be an object"),
        bad(
            NEW,
            "{\"network\":{\"allowIPs\":[1]}}",
            400,
            "invalid_request",
            "\"network.allowIPs[0]\" must be a string"),
        bad(
            NEW,
            "{\"network\":{\"sniProxy\":\"\"}}",
            400,
            "invalid_request",
            "\"network.sniProxy\" must be a boolean"),
        bad(NEW, "", 400, "invalid_request", "the body is empty"),
        bad(NEW, "template=playground", 400, "invalid_request", "not valid JSON"),
        bad(NEW, "[]", 400, "invalid_request", "a JSON object is expected"),
        bad(NEW, "[".repeat(50_000), 400, "invalid_request", "nested deeper than 64"),
        bad(NEW, " ".repeat(1024 * 1024 + 1), 413, "body_too_large", "1,048,576 bytes"));
  }

  private static Stream<Arguments> lives() {
    String life = "/sandboxes/ID/timeout";
    return Stream.of(
        bad(life, "{}", 400, "invalid_request", "\"timeout\" is missing"),
        bad(life, "{\"timeout\":null}", 400, "invalid_request", "\"timeout\" is missing"),
        bad(life, "", 400, "invalid_request", "body is empty"),
        bad(life, "[]", 400, "invalid_request", "JSON object is expected"),
        bad(life, "{\"timeout\":\"60\"}", 400, "invalid_request", "must be an integer"),
        bad(life, "{\"timeout\":60.0}", 400, "invalid_request", "must be an integer"),
        bad(life, "{\"timeout\":-1}", 400, "invalid_request", "from 0 to 86400"),
        bad(life, "{\"timeout\":86401}", 400, "invalid_request", "from 0 to 86400"),
        bad(life, "{\"timeout\":99999999999}", 400, "invalid_request", "must be an integer"),
        bad("/sandboxes/sb_x/timeout", "{\"timeout\":1}", 404, "sandbox_not_found", "no such"),
        bad(NEW, "{\"autoPause\":\"yes\"}", 400, "invalid_request", "must be a boolean"),
        bad(NEW, "{\"secure\":1}", 400, "invalid_request", "must be a boolean"),
        bad(NEW, "{\"maskRequestHost\":1}", 400, "invalid_request", "must be a string"),
        badHost(""),
        badHost("a b"),
        badHost("http://a"),
        badHost("a/b"),
        badHost("u@a"),
        badHost("a:0"),
        badHost("a:65536"),
        badHost("a:99999"),
        badHost("a:"),
        badHost("a..b"),
        badHost("a\\r\\nX: y"),
        badHost("-a"),
        badHost("a:${HOME}"),
        badHost("x".repeat(300)),
        Arguments.of(GET, "/sandboxes/history?limit=0", "", 400, "invalid_request", "1 to 200"),
        Arguments.of(GET, "/sandboxes/history?limit=201", "", 400, "invalid_request", "1 to 200"),
        Arguments.of(GET, "/sandboxes/history?limit=x", "", 400, "invalid_request", "1 to 200"),
        Arguments.of(GET, "/sandboxes/history?offset=-1", "", 400, "invalid_request", "from 0"),
        Arguments.of(
            GET, "/sandboxes/history?offset=1000001", "", 400, "invalid_request", "from 0"),
        Arguments.of(GET, "/sandboxes/history?limit=1&limit=2", "", 400, "invalid_request", "once"),
        Arguments.of(
            "DELETE", "/sandboxes/history", "", 405, "method_not_allowed", "GET, HEAD, OPTIONS"));
  }

  private static Arguments badHost(String host) {
    return bad(
        NEW,
        "{\"maskRequestHost\":\"" + host + "\"}",
        400,
        "invalid_request",
        "\"maskRequestHost\" must be");
  }

  private static Stream<Arguments> maps() {
    return Stream.of(
        bad(NEW, "{\"envVars\":[\"A=b\"]}", 400, "invalid_request", "must be an object"),
        bad(
            NEW,
            "{\"envVars\":{\"A\":1}}",
            400,
            "invalid_request",
            "\"envVars.A\" must be a string"),
        bad(NEW, "{\"envVars\":{\"A\":null}}", 400, "invalid_request", "not null"),
        bad(NEW, "{\"envVars\":{\"1A\":\"b\"}}", 400, "invalid_request", "no digit first"),
        bad(NEW, "{\"envVars\":{\"A=B\":\"b\"}}", 400, "invalid_request", "letters, digits"),
        bad(NEW, "{\"envVars\":{\"\":\"b\"}}", 400, "invalid_request", "letters, digits"),
        bad(NEW, "{\"envVars\":{\"A\":\"\\u0000\"}}", 400, "invalid_request", "NUL"),
        bad(
            NEW,
            "{\"envVars\":{\"A\":\"" + "x".repeat(131_070) + "\"}}",
            400,
            "command_too_large",
            "131,071 bytes"),
        bad(
            NEW,
            "{\"envVars\":{" + entries("x".repeat(100_000), 6) + "}}",
            400,
            "command_too_large",
            "524,288 bytes"),
        bad(NEW, "{\"envVars\":{" + entries("x", 1_025) + "}}", 400, "command_too_large", "1,024"),
        bad(NEW, "{\"metadata\":{\"a\":{}}}", 400, "invalid_request", "\"metadata.a\""),
        bad(NEW, "{\"metadata\":{\"a\":\"\\u0000\"}}", 400, "invalid_request", "NUL"),
        bad(NEW, "{\"metadata\":{\"\":\"a\"}}", 400, "invalid_request", "1 to 128"),
        bad(NEW, "{\"metadata\":{" + entries("x", 65) + "}}", 400, "invalid_request", "64"),
        bad(
            NEW,
            "{\"metadata\":{\"a\":\"" + "x".repeat(2_049) + "\"}}",
            400,
            "invalid_request",
            "2048"));
  }

  private static String entries(String value, int count) {
    return String.join(
        ",", IntStream.range(0, count).mapToObj(i -> "\"V" + i + "\":\"" + value + "\"").toList());
  }

  private static Stream<Arguments> commands() {
    return Stream.of(
        bad(RUN, "{}", 400, "invalid_request", "\"command\" is missing"),
        bad(RUN, "{\"command\":null}", 400, "invalid_request", "\"command\" is missing"),
        bad(RUN, "{\"command\":\"\"}", 400, "invalid_request", "must not be empty"),
        bad(RUN, "{\"command\":[\"ls\"]}", 400, "invalid_request", "not an array"),
        bad(RUN, "{\"command\":\"a\\u0000b\"}", 400, "invalid_request", "NUL"),
        bad(RUN, "{\"command\":\"\\udc00\"}", 400, "invalid_request", "surrogate"),
        bad(
            RUN,
            "{\"command\":\"" + "x".repeat(1_048_576) + "\"}",
            400,
            "command_too_large",
            "write it to a file"),
        bad(
            RUN,
            "{\"command\":\"" + "x".repeat(3_000_000) + "\"}",
            413,
            "body_too_large",
            "2,097,152 bytes"),
        run("\"timeout\":-1", 400, "invalid_request", "from 0 to 86400"),
        run("\"timeout\":86401,\"background\":true", 400, "invalid_request", "0 lets the command"),
        run("\"timeout\":true", 400, "invalid_request", "\"timeout\""),
        run("\"background\":\"true\"", 400, "invalid_request", "\"background\" must be a boolean"),
        run("\"cwd\":\"\"", 400, "invalid_path", "\"cwd\""),
        run("\"cwd\":\"/a\\u0000\"", 400, "invalid_path", "NUL"),
        run("\"cwd\":\"" + "x".repeat(10_000) + "\"", 400, "invalid_path", "4,096 bytes"),
        run("\"cwd\":1", 400, "invalid_request", "\"cwd\" must be a string"),
        run("\"user\":\"\"", 400, "invalid_request", "\"user\""),
        run("\"user\":\"a b\"", 400, "invalid_request", "\"user\""),
        run("\"user\":0", 400, "invalid_request", "\"user\" must be a string"),
        run("\"envs\":{\"A B\":\"\"}", 400, "invalid_request", "\"envs\""),
        run("\"envs\":{\"A\":[]}", 400, "invalid_request", "\"envs.A\" must be a string"));
  }

  private static Arguments run(String fields, int status, String code, String message) {
    return bad(RUN, "{\"command\":\"true\"," + fields + "}", status, code, message);
  }

  private static Stream<Arguments> writes() {
    return Stream.of(
        bad(FILES, "", 400, "invalid_request", "empty"),
        bad(FILES, "x", 400, "invalid_request", "not valid JSON"),
        bad(FILES, "{\"content\":\"a\"}", 400, "invalid_request", "\"path\" is missing"),
        bad(FILES, "{\"path\":\"/a\"}", 400, "invalid_request", "\"content\" is missing"),
        bad(FILES, "{\"path\":\"/a\",\"content\":null}", 400, "invalid_request", "\"content\" is"),
        bad(FILES, "{\"path\":\"/a\",\"content\":1}", 400, "invalid_request", "not a number"),
        bad(FILES, "{\"path\":{},\"content\":\"\"}", 400, "invalid_request", "not an object"),
        bad(
            FILES,
            "{\"path\":\"/a\",\"user\":true,\"content\":\"\"}",
            400,
            "invalid_request",
            "not a boolean"),
        bad(
            FILES,
            "{\"path\":\"/a\",\"path\":\"/b\",\"content\":\"\"}",
            400,
            "invalid_request",
            "twice"),
        bad(
            FILES,
            "{\"path\":\"/a\",\"user\":\"root\",\"content\":\"a\",\"content\":\"b\"}",
            400,
            "invalid_request",
            "twice"),
        bad(
            FILES,
            "{\"path\":\"/a\",\"user\":\"root\",\"content\":\"a\"",
            400,
            "invalid_request",
            "not valid JSON"),
        bad(
            FILES,
            "{\"path\":\"/a\",\"user\":\"root\",\"content\":\"a\"} x",
            400,
            "invalid_request",
            "behind the object"),
        bad(
            FILES,
            "{\"path\":\"/a\",\"user\":\"root\",\"content\":\"\\ud800\"}",
            400,
            "invalid_request",
            "surrogate"),
        bad(
            FILES,
            "{\"x\":" + "[".repeat(1_000) + "]".repeat(1_000) + "}",
            400,
            "invalid_request",
            "nested deeper"),
        write("", 400, "invalid_path", "not empty"),
        write("/a/../b", 400, "invalid_path", "\"..\""),
        write("..", 400, "invalid_path", "\"..\""),
        write("/a\\u0000", 400, "invalid_path", "NUL"),
        write("/" + "x".repeat(9_999), 400, "invalid_path", "4,096 bytes"));
  }

  private static Arguments write(String path, int status, String code, String message) {
    return bad(FILES, "{\"path\":\"" + path + "\",\"content\":\"\"}", status, code, message);
  }

  private static Stream<Arguments> reads() {
    return Stream.of(
        read("", 400, "invalid_request", "\"path\" is missing"),
        read("?path=", 400, "invalid_path", "not empty"),
        read("?path=/a/..", 400, "invalid_path", "\"..\""),
        read("?path=/a%2F%2e%2e%2Fb", 400, "invalid_path", "\"..\""),
        read("?path=/a%00b", 400, "invalid_path", "NUL"),
        read("?path=/" + "x".repeat(9_999), 400, "invalid_path", "4,096 bytes"),
        read("?path=/" + "x".repeat(17_000), 414, "invalid_request", "URL is too long"),
        read("?path=/a%FF", 400, "invalid_request", "percent-encoded"),
        read("?path=/a&path=/b", 400, "invalid_request", "more than once"),
        read("?path=/a&user=", 400, "invalid_request", "\"user\""),
        read("?path=/nothing-there", 404, "file_not_found", "no such file"));
  }

  private static Arguments read(String query, int status, String code, String message) {
    return Arguments.of(GET, FILES + query, "", status, code, message);
  }

  private static Stream<Arguments> lists() {
    return Stream.of(
        list("?limit=0", "\"limit\" must be a whole number"),
        list("?limit=x", "\"limit\" must be a whole number"),
        list("?limit=1001", "from 1 to 1000"),
        list("?state=asleep", "\"state\" must be of: creating"),
        list("?metadata=a", "key:value"),
        list("?next_token=zzz", "begin again without it"),
        list("?next_token=MjAyNi0wMS0wMVQwMDowMDowMFovc2JfeA", "begin again without it"),
        Arguments.of("PUT", NEW, "{}", 405, "method_not_allowed", "GET, HEAD, OPTIONS, POST"),
        Arguments.of("PATCH", "/sandboxes/ID", "{}", 405, "method_not_allowed", "DELETE"),
        Arguments.of(GET, "/v1/sandboxes", "", 404, "route_not_found", "at the root"),
        Arguments.of(GET, "/sandboxes/sb_x", "", 404, "sandbox_not_found", "no such sandbox"),
        Arguments.of(GET, RUN + "/99", "", 404, "process_not_found", "no process 99"));
  }

  private static Arguments list(String query, String message) {
    return Arguments.of(GET, NEW + query, "", 400, "invalid_request", message);
  }

  private static Arguments bad(String path, String body, int status, String code, String message) {
    return Arguments.of(POST, path, body, status, code, message);
  }

  @ParameterizedTest(name = "{index} {0} {1} → {3} {4}")
  @MethodSource("requests")
  void isRefusedAndChangesNothing(
      String method, String path, String body, int status, String code, String message)
      throws Exception {
    int changes = server.store.changes();
    HttpResponse<String> answer =
        server.send(
            server
                .request(path.replace("ID", id))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body)));
    JsonNode error = RestServer.json(answer);

    assertThat(error.path("code").textValue()).isEqualTo(code);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(error.get("message").textValue()).contains(message);
    assertThat(error.get("error")).isEqualTo(error.get("message"));
    assertThat(server.store.changes()).isEqualTo(changes);
    assertThat(server.guest().isUntouched()).isTrue();
  }

  @Test
  void anUnknownUserAndAMissingDirectoryAreTheGuestsToSay() throws Exception {
    try (RestServer own = new RestServer()) {
      String commands = "/sandboxes/" + own.create("{}") + "/commands";

      assertThat(own.post(commands, "{\"command\":\"a\",\"user\":\"nobody-here\"}").body())
          .contains("user_not_found");
      assertThat(own.post(commands, "{\"command\":\"a\",\"cwd\":\"/missing\"}").body())
          .contains("cwd_not_found");
    }
  }
}
