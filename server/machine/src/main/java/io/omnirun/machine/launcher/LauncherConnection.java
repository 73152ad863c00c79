package io.omnirun.machine.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.machine.JsonExchange;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** One connection to the launcher. */
final class LauncherConnection implements AutoCloseable {
  /** No verb takes seconds; holding a large golden snapshot on a slow disk comes nearest. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

  private final JsonExchange exchange;
  private final ObjectMapper json;

  private LauncherConnection(JsonExchange exchange, ObjectMapper json) {
    this.exchange = exchange;
    this.json = json;
  }

  static LauncherConnection open(Path path, ObjectMapper json, Consumer<JsonNode> onEvent) {
    try {
      return new LauncherConnection(
          JsonExchange.connect(path, json, ANSWER_TIMEOUT, onEvent), json);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.LAUNCHER_UNAVAILABLE,
          "the launcher cannot be reached; is omnirun-launcher running?",
          e);
    }
  }

  boolean isClosed() {
    return exchange.ended().isDone();
  }

  /** Sends a request and waits for its answer. */
  JsonNode call(String verb, JsonNode spec) {
    ObjectNode request = json.createObjectNode().put("verb", verb).set("spec", spec);
    JsonNode answer = exchange.call(request, verb, ErrorCode.LAUNCHER_UNAVAILABLE);
    if (answer.has("ok")) {
      return answer.get("ok");
    }
    JsonNode error = answer.path("error");
    throw new LauncherRefusal(error.path("code").asText(), verb, error.path("message").asText())
        .asOmniRunException();
  }

  @Override
  public void close() {
    exchange.close();
  }
}
