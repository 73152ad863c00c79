package io.omnirun.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.machine.JsonExchange;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The QEMU Machine Protocol: commands with answers, and events as they come. The end of the
 * connection is the end of the VMM, for QEMU closes it only then. Thread-safe. Source: QEMU's
 * docs/interop/qmp-spec.
 */
final class QmpClient implements AutoCloseable {
  /** QEMU answers from its main loop, which a busy host may hold up. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

  private final JsonExchange exchange;
  private final ObjectMapper json;

  private QmpClient(JsonExchange exchange, ObjectMapper json) {
    this.exchange = exchange;
    this.json = json;
  }

  /**
   * Connects and leaves the negotiation mode.
   *
   * @param onEvent is told every event on the reading thread; must not block
   */
  static QmpClient connect(Path path, ObjectMapper json, Consumer<JsonNode> onEvent) {
    try {
      QmpClient client =
          new QmpClient(JsonExchange.connect(path, json, ANSWER_TIMEOUT, onEvent), json);
      client.execute("qmp_capabilities", Map.of());
      return client;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.MACHINE_FAILED, "the virtual machine monitor cannot be reached", e);
    }
  }

  /** Completes when the VMM has gone, or this client was closed. */
  CompletableFuture<Void> ended() {
    return exchange.ended();
  }

  /** Runs a command and returns its {@code return}. */
  private JsonNode execute(String command, Map<String, ?> arguments) {
    ObjectNode request = json.createObjectNode().put("execute", command);
    if (!arguments.isEmpty()) {
      request.set("arguments", json.valueToTree(arguments));
    }
    JsonNode answer = exchange.call(request, command, ErrorCode.MACHINE_FAILED);
    if (answer.has("return")) {
      return answer.get("return");
    }
    throw new OmniRunException(
        ErrorCode.MACHINE_FAILED,
        "the virtual machine monitor refused %s: %s"
            .formatted(command, answer.path("error").path("desc").asText()));
  }

  /**
   * Begins to load a snapshot's device state; the machine runs when it is loaded. A state that does
   * not fit ends the VMM.
   *
   * @param descriptor the VMM's own
   */
  void loadState(int descriptor) {
    enable("x-ignore-shared");
    execute("migrate-incoming", Map.of("uri", "fd:" + descriptor));
  }

  /**
   * Begins to write the device state; RAM that is a shared file stays where it is. Its end is a
   * MIGRATION event.
   */
  void saveState(String socketInJail) {
    enable("x-ignore-shared");
    enable("events");
    execute("migrate", Map.of("uri", "unix:" + socketInJail));
  }

  private void enable(String capability) {
    execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", capability, "state", true))));
  }

  /** Stops the virtual CPUs. */
  void stop() {
    execute("stop", Map.of());
  }

  /** Lets them run; without effect if they do. */
  void resume() {
    execute("cont", Map.of());
  }

  @Override
  public void close() {
    exchange.close();
  }
}
