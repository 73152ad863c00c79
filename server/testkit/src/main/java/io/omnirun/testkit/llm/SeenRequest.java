package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A request as it came, and what became of its answer. Safe for use by several threads. */
public final class SeenRequest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What became of the answer. */
  public enum Outcome {
    /** It is being given. */
    UNDER_WAY,
    /** The provider has said all that it wanted to say, which may be half an answer. */
    ANSWERED,
    /** The client cut the connection before that. */
    LEFT_BY_CLIENT
  }

  /** One of the headers, its name as it was spelt. */
  public record Header(String name, String value) {}

  private final String method;
  private final String path;
  private final List<Header> headers;
  private final byte[] body;
  private volatile Outcome outcome = Outcome.UNDER_WAY;

  SeenRequest(String method, String path, List<Header> headers, byte[] body) {
    this.method = method;
    this.path = path;
    this.headers = List.copyOf(headers);
    this.body = body;
  }

  public String method() {
    return method;
  }

  /** With the query. */
  public String path() {
    return path;
  }

  public List<Header> headers() {
    return headers;
  }

  /** The first header of that name, in any spelling. */
  public Optional<String> header(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(Header::value)
        .findFirst();
  }

  /** The very bytes; not to be changed. */
  public byte[] body() {
    return body;
  }

  /** The body, read; missing if it is no JSON. */
  public JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (IOException noJson) {
      return MissingNode.getInstance();
    }
  }

  public Outcome outcome() {
    return outcome;
  }

  void end(Outcome reached) {
    outcome = reached;
  }

  /** Whose protocol it speaks. */
  Dialect dialect() {
    return path.startsWith("/v1/messages") ? new AnthropicDialect() : new OpenAiDialect();
  }

  @Override
  public String toString() {
    return "%s %s, %d bytes, %s".formatted(method, path, body.length, outcome);
  }
}
