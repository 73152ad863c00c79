package io.omnirun.testkit.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** A plain client of the public API, with one key. */
public final class ApiClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
  private final URI base;
  private final String apiKey;

  public ApiClient(URI base, String apiKey) {
    this.base = base;
    this.apiKey = apiKey;
  }

  /** The key that its requests carry. */
  public String apiKey() {
    return apiKey;
  }

  public ApiClient withKey(String otherKey) {
    return new ApiClient(base, otherKey);
  }

  public Reply get(String path) {
    return send(request(path).GET());
  }

  public Reply delete(String path) {
    return send(request(path).DELETE());
  }

  public Reply post(String path, String body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  public Reply post(String path, Map<String, ?> body) {
    try {
      return post(path, JSON.writeValueAsString(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A running sandbox of the tests' own small template. */
  public String createSandbox() {
    return createSandbox(Map.of());
  }

  public String createSandbox(Map<String, ?> fields) {
    ObjectNode body = JSON.createObjectNode().put("template", "base");
    body.setAll((ObjectNode) JSON.valueToTree(fields));
    return post("/sandboxes", body.toString()).expect(201).text("sandboxID");
  }

  public Reply run(String sandbox, String command) {
    return run(sandbox, Map.of("command", command));
  }

  public Reply run(String sandbox, Map<String, ?> fields) {
    return post("/sandboxes/" + sandbox + "/commands", fields);
  }

  /** The output of a command that must succeed. */
  public String output(String sandbox, String command) {
    Reply reply = run(sandbox, command).expect(200);
    if (reply.json().path("exit_code").asInt(-1) != 0) {
      throw new AssertionError(command + " failed: " + reply.body());
    }
    return reply.text("stdout").strip();
  }

  public Reply writeFile(String sandbox, String path, String content) {
    return post("/sandboxes/" + sandbox + "/files", Map.of("path", path, "content", content));
  }

  public Reply readFile(String sandbox, String path) {
    return get(
        "/sandboxes/" + sandbox + "/files?path=" + URLEncoder.encode(path, StandardCharsets.UTF_8));
  }

  /** A request to be changed before it is sent. */
  public HttpRequest.Builder request(String path) {
    HttpRequest.Builder builder = requestWithoutKey(path);
    return apiKey.isEmpty() ? builder : builder.header("X-API-Key", apiKey);
  }

  /** The same with the key in the other header that may carry it. */
  public HttpRequest.Builder requestWithBearer(String path) {
    return requestWithoutKey(path).header("Authorization", "Bearer " + apiKey);
  }

  public Reply send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
      return new Reply(
          response.statusCode(),
          response.headers().firstValue("content-type").orElse(""),
          response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  public HttpRequest.Builder requestWithoutKey(String path) {
    return HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofMinutes(5));
  }
}
