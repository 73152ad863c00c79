package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What callers get wrong at the routes below {@code …/files}: each a 4xx, and nothing changes. */
class BadFileInputTest {
  private static final String LONG = "/" + "x".repeat(9_999);

  private static RestServer server;
  private static String files;

  @BeforeAll
  static void createSandbox() throws Exception {
    server = new RestServer();
    files = "/sandboxes/" + server.create("{}") + "/files";
  }

  @AfterAll
  static void closeServer() throws Exception {
    server.close();
  }

  static Stream<Arguments> requests() {
    return Stream.of(queries(), lists(), renames(), mkdirs(), batches(), uploads(), urls())
        .flatMap(rows -> rows);
  }

  /** What is wrong with a path or a user is wrong at every route that has one in its query. */
  private static Stream<Arguments> queries() {
    return Stream.of(
            "GET /exists", "GET /info", "GET /list", "GET /download", "GET /watch", "DELETE ")
        .flatMap(
            route -> {
              String method = route.substring(0, route.indexOf(' '));
              String path = route.substring(route.indexOf(' ') + 1);
              return Stream.of(
                  row(method, path, 400, "invalid_request", "\"path\" is missing"),
                  row(method, path + "?path=", 400, "invalid_path", "not empty"),
                  row(method, path + "?path=/a/..", 400, "invalid_path", "\"..\""),
                  row(method, path + "?path=a%00b", 400, "invalid_path", "NUL"),
                  row(method, path + "?path=" + LONG, 400, "invalid_path", "4,096 bytes"),
                  row(method, path + "?path=%FF", 400, "invalid_request", "percent-encoded"),
                  row(method, path + "?path=a&path=b", 400, "invalid_request", "more than once"),
                  row(method, path + "?path=/a&user=", 400, "invalid_request", "\"user\""),
                  row(method, path + "?path=/a&user=a:b", 400, "invalid_request", "\"user\""));
            });
  }

  private static Stream<Arguments> lists() {
    return Stream.of(
        row("GET", "/list?path=/&depth=0", 400, "invalid_request", "from 1 to 64"),
        row("GET", "/list?path=/&depth=65", 400, "invalid_request", "from 1 to 64"),
        row("GET", "/list?path=/&depth=deep", 400, "invalid_request", "whole number"),
        row("GET", "/info?path=/none", 404, "file_not_found", "no such file"),
        row("GET", "/download?path=/none", 404, "file_not_found", "no such file"),
        row("DELETE", "?path=/none", 404, "file_not_found", "no such file"),
        row("PUT", "", 405, "method_not_allowed", "DELETE, GET, HEAD, OPTIONS, POST"),
        row("GET", "/none", 404, "route_not_found", "no route"));
  }

  private static Stream<Arguments> renames() {
    return Stream.of(
        post("/rename", "", 400, "invalid_request", "empty"),
        post("/rename", "{}", 400, "invalid_request", "\"oldPath\" is missing"),
        post("/rename", "{\"oldPath\":\"/a\"}", 400, "invalid_request", "\"newPath\" is missing"),
        post("/rename", "{\"oldPath\":1}", 400, "invalid_request", "must be a string"),
        post("/rename", rename("/a/../b", "/c"), 400, "invalid_path", "\"oldPath\""),
        post("/rename", rename("/a", "../c"), 400, "invalid_path", "\"newPath\""),
        post("/rename", rename("/a", ""), 400, "invalid_path", "\"newPath\""),
        post("/rename", rename("/a\\u0000", "/b"), 400, "invalid_path", "NUL"),
        post("/rename", rename("/a", LONG), 400, "invalid_path", "4,096 bytes"),
        post("/rename", rename("/none", "/b"), 404, "file_not_found", "no such file"),
        post(
            "/rename",
            "{\"oldPath\":\"/a\",\"newPath\":\"/b\",\"user\":\"\"}",
            400,
            "invalid_request",
            "\"user\""));
  }

  private static String rename(String from, String to) {
    return "{\"oldPath\":\"%s\",\"newPath\":\"%s\"}".formatted(from, to);
  }

  private static Stream<Arguments> mkdirs() {
    return Stream.of(
        post("/mkdir", "{}", 400, "invalid_request", "\"path\" is missing"),
        post("/mkdir", "[]", 400, "invalid_request", "a JSON object is expected"),
        post("/mkdir", "{\"path\":[]}", 400, "invalid_request", "must be a string"),
        post("/mkdir", "{\"path\":\"a/..\"}", 400, "invalid_path", "\"..\""),
        post("/mkdir", "{\"path\":\"" + LONG + "\"}", 400, "invalid_path", "4,096 bytes"),
        post("/mkdir", "{\"path\":\"a\",\"user\":7}", 400, "invalid_request", "a string"),
        post("/mkdir", "x".repeat(1024 * 1024 + 1), 413, "body_too_large", "1,048,576"));
  }

  private static Stream<Arguments> batches() {
    String good = "{\"path\":\"/a\",\"content\":\"x\"}";
    return Stream.of(
        post("/batch", "", 400, "invalid_request", "an array is expected"),
        post("/batch", "{}", 400, "invalid_request", "an array is expected"),
        post("/batch", "[1]", 400, "invalid_request", "an object is expected within"),
        post("/batch", "[" + good + ",]", 400, "invalid_request", "an object is expected within"),
        post("/batch", "[" + good, 400, "invalid_request", "',' is expected"),
        post("/batch", "[" + good + "]x", 400, "invalid_request", "behind the array"),
        post("/batch", "[" + good + ",{}]", 400, "invalid_request", "\"[1].path\" is missing"),
        post(
            "/batch",
            "[" + good + ",{\"path\":\"/b\"}]",
            400,
            "invalid_request",
            "\"[1].content\" is missing"),
        post(
            "/batch",
            "[" + good + ",{\"path\":\"../b\",\"content\":\"\"}]",
            400,
            "invalid_path",
            "\"..\""),
        post(
            "/batch",
            "[" + good + ",{\"path\":\"/b\",\"content\":7}]",
            400,
            "invalid_request",
            "not a number"),
        post(
            "/batch",
            "[" + good + ",{\"path\":\"/b\",\"content\":\"\",\"user\":\"a b\"}]",
            400,
            "invalid_request",
            "\"user\""),
        post(
            "/batch",
            "[" + good + ",{\"path\":\"/b\",\"content\":\"\\ud800\"}]",
            400,
            "invalid_request",
            "surrogate"),
        post(
            "/batch",
            "[" + (good + ",").repeat(1_000) + good + "]",
            400,
            "invalid_request",
            "more than 1,000 files"));
  }

  private static Stream<Arguments> uploads() {
    return Stream.of(
        post("/upload", "{}", 415, "unsupported_media_type", "multipart/form-data"),
        post("/none", "{}", 404, "route_not_found", "no route"),
        row("GET", "/upload", 405, "method_not_allowed", "POST"));
  }

  private static Stream<Arguments> urls() {
    return Stream.of("/download-url", "/upload-url")
        .flatMap(
            route ->
                Stream.of(
                    post(route, "{}", 400, "invalid_request", "\"path\" is missing"),
                    post(route, "{\"path\":\"/a/..\"}", 400, "invalid_path", "\"..\""),
                    post(route, "{\"path\":\"\\u0000\"}", 400, "invalid_path", "NUL"),
                    post(route, "{\"path\":\"" + LONG + "\"}", 400, "invalid_path", "4,096"),
                    post(route, ttl("0"), 400, "invalid_request", "from 1 to 86400"),
                    post(route, ttl("86401"), 400, "invalid_request", "from 1 to 86400"),
                    post(route, ttl("\"60\""), 400, "invalid_request", "an integer"),
                    post(
                        route,
                        "{\"path\":\"/a\",\"user\":\"\"}",
                        400,
                        "invalid_request",
                        "\"user\"")));
  }

  private static String ttl(String seconds) {
    return "{\"path\":\"/a\",\"ttl\":" + seconds + "}";
  }

  private static Arguments row(
      String method, String path, int status, String code, String message) {
    return Arguments.of(method, path, "", status, code, message);
  }

  private static Arguments post(String path, String body, int status, String code, String message) {
    return Arguments.of("POST", path, body, status, code, message);
  }

  @ParameterizedTest(name = "{index} {0} {1} {2} → {3} {4}")
  @MethodSource("requests")
  void isRefusedAndChangesNothing(
      String method, String path, String body, int status, String code, String message)
      throws Exception {
    HttpResponse<String> answer = send(files + path, method, body);
    JsonNode error = RestServer.json(answer);

    assertThat(error.path("code").textValue()).isEqualTo(code);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(error.get("message").textValue()).contains(message);
    assertThat(server.guest().isUntouched()).isTrue();
  }

  private static HttpResponse<String> send(String path, String method, String body)
      throws Exception {
    return server.send(
        server
            .request(path)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body)));
  }

  @Test
  void aForeignSandboxLooksLikeAMissingOne() throws Exception {
    String foreign = files.replaceAll("sb_[a-z0-9]+", "sb_aaaaaaaaaaaaaaaaaaaa");
    for (String route : List.of("/exists", "/info", "/list", "/download", "/watch")) {
      HttpResponse<String> missing = server.get(foreign + route + "?path=/a");
      HttpResponse<String> others =
          server.send(
              server
                  .requestWithoutKey(files + route + "?path=/a")
                  .header("X-API-Key", server.otherKey)
                  .GET());

      assertThat(missing.statusCode()).isEqualTo(404);
      assertThat(missing.body()).contains("sandbox_not_found").isEqualTo(others.body());
    }
    assertThat(server.delete(foreign + "?path=/a").body()).contains("sandbox_not_found");
    assertThat(server.post(foreign + "/mkdir", "{\"path\":\"/a\"}").body())
        .contains("sandbox_not_found");
    assertThat(server.post(foreign + "/batch", "[]").body()).contains("sandbox_not_found");
    assertThat(server.post(foreign + "/upload", "").body()).contains("sandbox_not_found");
    assertThat(server.post(foreign + "/download-url", "{\"path\":\"/a\"}").body())
        .contains("sandbox_not_found");
    assertThat(server.post(foreign + "/rename", rename("/a", "/b")).body())
        .contains("sandbox_not_found");
  }
}
