package io.omnirun.machine.qemu;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.JsonExchange;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The QEMU Machine Protocol: commands with answers, and events as they come. The end of the
 * connection is the end of the VMM, for QEMU closes it only then. Thread-safe. Source: QEMU's
 * docs/interop/qmp-spec.
 */
final class QmpClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QmpClient.class);

  /** QEMU answers from its main loop, which a busy host may hold up. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

  /** Moving the device state, under a megabyte: longer means a full or broken disk. */
  private static final Duration MIGRATION_TIMEOUT = Duration.ofMinutes(2);

  /** For a transfer to end that is broken off: QEMU closes a socket and says so. */
  private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(10);

  /** RAM goes through a socket at some hundred MiB a second; a tenth of that is a loaded host. */
  private static final int SLOWEST_MIB_PER_SECOND = 20;

  /** QEMU's default, 128 MiB a second, is meant for networks; this is none. */
  private static final long UNTHROTTLED_BYTES_PER_SECOND = 1L << 40;

  private static final Set<String> MIGRATION_ENDS = Set.of("completed", "failed", "cancelled");

  private final JsonExchange exchange;
  private final ObjectMapper json;
  private final AtomicReference<CompletableFuture<String>> migrationEnd;
  private final VmmEvents events;

  private QmpClient(
      JsonExchange exchange,
      ObjectMapper json,
      AtomicReference<CompletableFuture<String>> migrationEnd,
      VmmEvents events) {
    this.exchange = exchange;
    this.json = json;
    this.migrationEnd = migrationEnd;
    this.events = events;
  }

  /** Connects to a machine's VMM and leaves the negotiation mode. The caller closes it. */
  static QmpClient connect(MachineDirectory directory) {
    return connect(directory.qmpSocket(), new VmmEvents(directory.name(), log::warn));
  }

  /**
   * As {@link #connect(MachineDirectory)}.
   *
   * @param events is told of every event, on the reading thread
   */
  static QmpClient connect(Path path, VmmEvents events) {
    AtomicReference<CompletableFuture<String>> migrationEnd =
        new AtomicReference<>(new CompletableFuture<>());
    ObjectMapper json = new ObjectMapper();
    try {
      JsonExchange exchange =
          JsonExchange.connect(
              path, json, ANSWER_TIMEOUT, event -> onEvent(event, migrationEnd, events));
      return greeted(new QmpClient(exchange, json, migrationEnd, events));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.MACHINE_FAILED, "the virtual machine monitor cannot be reached", e);
    }
  }

  /** A monitor serves one client: one that it did not answer must not stand before the next. */
  private static QmpClient greeted(QmpClient client) {
    try {
      client.execute("qmp_capabilities", Map.of());
      return client;
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private static void onEvent(
      JsonNode event, AtomicReference<CompletableFuture<String>> migrationEnd, VmmEvents events) {
    events.accept(event);
    String status = event.path("data").path("status").asText();
    if (event.path("event").asText().equals("MIGRATION") && MIGRATION_ENDS.contains(status)) {
      requireNonNull(migrationEnd.get()).complete(status);
    }
  }

  /** Completes when the VMM has gone, or this client was closed. */
  CompletableFuture<Void> ended() {
    return exchange.ended();
  }

  /**
   * Loads a snapshot's device state; the machine stands still then, as it did when the snapshot was
   * taken.
   *
   * @param descriptor the VMM's own
   */
  void loadState(int descriptor) {
    events.expectStop(true);
    setStateOnly(true);
    migrate("migrate-incoming", "fd:" + descriptor, MIGRATION_TIMEOUT);
  }

  /**
   * Loads all of a paused machine, its RAM too; it stands still then, as it did when it was saved.
   *
   * @param descriptor the VMM's own
   */
  void loadAll(int descriptor, Duration timeout) {
    events.expectStop(true);
    setStateOnly(false);
    migrate("migrate-incoming", "fd:" + descriptor, timeout);
  }

  /**
   * Writes the device state of a machine that stands still; RAM that is a shared file stays where
   * it is.
   */
  void saveState(String socketInJail) {
    setStateOnly(true);
    migrateOut(socketInJail, MIGRATION_TIMEOUT);
  }

  /** Writes all of a machine that stands still, its RAM too. */
  void saveAll(String socketInJail, Duration timeout) {
    setStateOnly(false);
    execute("migrate-set-parameters", Map.of("max-bandwidth", UNTHROTTLED_BYTES_PER_SECOND));
    migrateOut(socketInJail, timeout);
  }

  /** One that has failed is not under way any more when this throws: the machine may run on. */
  private void migrateOut(String socketInJail, Duration timeout) {
    try {
      migrate("migrate", "unix:" + socketInJail, timeout);
    } catch (OmniRunException e) {
      throw cancelMigration(e);
    }
  }

  /** Without effect on one that has ended. */
  private OmniRunException cancelMigration(OmniRunException failure) {
    try {
      execute("migrate_cancel", Map.of());
      awaitMigration(requireNonNull(migrationEnd.get()), CANCEL_TIMEOUT);
    } catch (OmniRunException e) {
      log.debug("a transfer was broken off", e);
    }
    return failure;
  }

  /** How long all of a machine may take. */
  static Duration transferTimeout(int memoryMib) {
    return MIGRATION_TIMEOUT.plusSeconds(memoryMib / SLOWEST_MIB_PER_SECOND);
  }

  private void setStateOnly(boolean stateOnly) {
    execute(
        "migrate-set-capabilities",
        Map.of(
            "capabilities",
            List.of(capability("x-ignore-shared", stateOnly), capability("events", true))));
  }

  private static Map<String, Object> capability(String name, boolean state) {
    return Map.of("capability", name, "state", state);
  }

  /** One at a time: an end that is reported is the end of the one begun last. */
  private void migrate(String command, String uri, Duration timeout) {
    CompletableFuture<String> end = new CompletableFuture<>();
    migrationEnd.set(end);
    exchange.ended().thenRun(() -> end.complete("cut off by the end of the virtual machine"));
    execute(command, Map.of("uri", uri));
    awaitMigration(end, timeout);
  }

  private static void awaitMigration(CompletableFuture<String> migrationEnd, Duration timeout) {
    try {
      String end = migrationEnd.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (!end.equals("completed")) {
        throw new OmniRunException(
            ErrorCode.MACHINE_FAILED, "the transfer of the machine's state was " + end);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new OmniRunException(
          ErrorCode.MACHINE_FAILED, "the machine's state was not transferred in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OmniRunException(
          ErrorCode.MACHINE_FAILED, "interrupted while a state was transferred", e);
    }
  }

  /** Stops the virtual CPUs. */
  void stop() {
    events.expectStop(true);
    execute("stop", Map.of());
  }

  /** Lets them run; without effect if they do. */
  void resume() {
    // The event of an earlier stop came before that one's answer, so it is not taken for a new one.
    events.expectStop(false);
    execute("cont", Map.of());
  }

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
        "the virtual machine monitor refused " + command,
        new HostDetailException(answer.path("error").path("desc").asText()));
  }

  @Override
  public void close() {
    exchange.close();
  }
}
