package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What callers get wrong with code: each has a 4xx of its own and does not reach the guest. */
class BadCodeInputTest {
  private static final String RUN = "/sandboxes/ID/code";

  private static final String NEW = "/sandboxes/ID/contexts";

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
    return Stream.of(pieces(), contexts(), executions("execute"), executions("stream-execute"))
        .flatMap(rows -> rows);
  }

  private static Stream<Arguments> contexts() {
    return Stream.of(
        bad(NEW, "", 400, "invalid_request", "empty"),
        bad(NEW, "[]", 400, "invalid_request", "JSON object is expected"),
        bad(NEW, "{\"language\":\"\"}", 400, "invalid_request", "1 to 64"),
        bad(NEW, "{\"language\":\"a b\"}", 400, "invalid_request", "\"language\" must be"),
        bad(NEW, "{\"language\":\"" + "x".repeat(65) + "\"}", 400, "invalid_request", "1 to 64"),
        bad(NEW, "{\"language\":1}", 400, "invalid_request", "\"language\" must be a string"),
        bad(NEW, "{\"cwd\":\"\"}", 400, "invalid_path", "\"cwd\""),
        bad(NEW, "{\"cwd\":\"/a\\u0000\"}", 400, "invalid_path", "NUL"),
        bad(NEW, "{\"cwd\":[]}", 400, "invalid_request", "\"cwd\" must be a string"),
        bad(NEW + "/x/restart", "", 404, "context_not_found", "not found"),
        bad(NEW + "/x/interrupt", "", 404, "context_not_found", "not found"),
        bad("/sandboxes/sb_x/contexts", "{}", 404, "sandbox_not_found", "no such"),
        bad("/sandboxes/sb_x/contexts/%20/restart", "", 404, "sandbox_not_found", "no such"));
  }

  private static Stream<Arguments> executions(String how) {
    String execute = NEW + "/" + FakeInterpreter.CONTEXT + "/" + how;
    return Stream.of(
        bad(execute, "", 400, "invalid_request", "empty"),
        bad(execute, "{}", 400, "invalid_request", "\"code\" is missing"),
        bad(execute, "{\"code\":{}}", 400, "invalid_request", "not an object"),
        bad(execute, "{\"code\":\"\\u0000\"}", 400, "invalid_request", "NUL"),
        bad(
            execute,
            "{\"code\":\"" + "x".repeat(1_048_577) + "\"}",
            400,
            "command_too_large",
            "1,048,576 bytes"),
        bad(execute.replace("ID", "sb_x"), "{\"code\":\"\"}", 404, "sandbox_not_found", "no such"));
  }

  private static Stream<Arguments> pieces() {
    return Stream.of(
        bad(RUN, "", 400, "invalid_request", "empty"),
        bad(RUN, "[]", 400, "invalid_request", "JSON object is expected"),
        bad(RUN, "{}", 400, "invalid_request", "\"code\" is missing"),
        bad(RUN, "{\"code\":null}", 400, "invalid_request", "\"code\" is missing"),
        bad(RUN, "{\"code\":1}", 400, "invalid_request", "not the number 1"),
        bad(RUN, "{\"code\":[\"a\"]}", 400, "invalid_request", "not an array"),
        bad(RUN, "{\"code\":\"a\\u0000\"}", 400, "invalid_request", "NUL"),
        bad(RUN, "{\"code\":\"\\udc00\"}", 400, "invalid_request", "surrogate"),
        bad(
            RUN,
            "{\"code\":\"" + "x".repeat(1_048_577) + "\"}",
            400,
            "command_too_large",
            "1,048,576 bytes"),
        bad(
            RUN,
            "{\"code\":\"" + "x".repeat(4_194_304) + "\"}",
            413,
            "body_too_large",
            "4,194,304 bytes"),
        run("\"language\":\"\"", 400, "invalid_request", "python/py/python3, javascript/js/node"),
        run("\"language\":\"cobol\"", 400, "invalid_request", "typescript/ts, bash/sh/shell"),
        run("\"language\":1", 400, "invalid_request", "\"language\" must be a string"),
        run("\"timeout\":-1", 400, "invalid_request", "from 0 to 86400"),
        run("\"timeout\":86401", 400, "invalid_request", "from 0 to 86400"),
        run("\"timeout\":1.5", 400, "invalid_request", "\"timeout\" must be an integer"),
        run("\"cwd\":\"\"", 400, "invalid_path", "\"cwd\""),
        run("\"cwd\":1", 400, "invalid_request", "\"cwd\" must be a string"),
        run("\"user\":\"a b\"", 400, "invalid_request", "\"user\""),
        run("\"envs\":{\"A B\":\"\"}", 400, "invalid_request", "\"envs\""),
        run("\"envs\":[]", 400, "invalid_request", "\"envs\" must be an object"),
        bad("/sandboxes/sb_x/code", "{\"code\":\"x\"}", 404, "sandbox_not_found", "no such"));
  }

  private static Arguments run(String fields, int status, String code, String message) {
    return bad(RUN, "{\"code\":\"x\"," + fields + "}", status, code, message);
  }

  private static Arguments bad(String path, String body, int status, String code, String message) {
    return Arguments.of(path, body, status, code, message);
  }

  @ParameterizedTest(name = "{index} {0} → {2} {3}")
  @MethodSource("requests")
  void isRefusedAndDoesNothing(String path, String body, int status, String code, String message)
      throws Exception {
    HttpResponse<String> answer = server.post(path.replace("ID", id), body);
    JsonNode error = RestServer.json(answer);

    assertThat(error.path("code").textValue()).isEqualTo(code);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(error.get("message").textValue()).contains(message);
    assertThat(server.guest().isUntouched()).isTrue();
  }
}
