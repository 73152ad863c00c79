package io.omnirun.machine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests and answers over a {@link JsonLineSocket}, matched by their {@code id}, with events in
 * between: the shape that the launcher's protocol and QMP have in common. Thread-safe.
 */
public final class JsonExchange implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JsonExchange.class);

  private final JsonLineSocket socket;
  private final Duration answerTimeout;
  private final Consumer<JsonNode> onEvent;
  private final AtomicLong nextId = new AtomicLong(1);
  private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private JsonExchange(JsonLineSocket socket, Duration answerTimeout, Consumer<JsonNode> onEvent) {
    this.socket = socket;
    this.answerTimeout = answerTimeout;
    this.onEvent = onEvent;
  }

  /**
   * Connects. The caller closes it.
   *
   * @param onEvent is told every event, on the reading thread; must not block
   */
  public static JsonExchange connect(
      Path path, ObjectMapper json, Duration answerTimeout, Consumer<JsonNode> onEvent)
      throws IOException {
    JsonExchange exchange =
        new JsonExchange(JsonLineSocket.connect(path, json), answerTimeout, onEvent);
    Thread.ofVirtual().name("json-reader").start(exchange::readAll);
    return exchange;
  }

  /** Completes when the other side has closed the connection, or this one has. */
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /**
   * Sends a request under an id of its own and waits for the answer.
   *
   * @param what names the request in errors
   * @throws OmniRunException with {@code lost} if no answer came
   */
  public JsonNode call(ObjectNode request, String what, ErrorCode lost) {
    long id = nextId.getAndIncrement();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    pending.put(id, answer);
    try {
      socket.write(request.put("id", id));
      if (ended.isDone()) {
        throw new IOException("the connection is closed");
      }
      return answer.get(answerTimeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (IOException | ExecutionException | TimeoutException e) {
      throw new OmniRunException(lost, "no answer to " + what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OmniRunException(lost, "interrupted in " + what, e);
    } finally {
      pending.remove(id);
    }
  }

  private void readAll() {
    try {
      JsonNode message = socket.read();
      while (message != null) {
        dispatch(message);
        message = socket.read();
      }
      end(new IOException("the other side closed the connection"));
    } catch (IOException e) {
      end(e);
    } catch (RuntimeException | Error e) {
      // Whatever stops the reading stops the connection, or callers would wait for answers that
      // nobody reads.
      end(new IOException("the reader of the connection broke", e));
    }
  }

  private void dispatch(JsonNode message) {
    if (message.has("event")) {
      onEvent.accept(message);
      return;
    }
    CompletableFuture<JsonNode> waiting = pending.get(message.path("id").asLong());
    if (waiting != null) {
      waiting.complete(message);
    } else if (message.has("id")) {
      log.warn("an answer came that nobody waits for");
    }
  }

  private void end(IOException cause) {
    ended.complete(null);
    socket.close();
    pending.values().forEach(waiting -> waiting.completeExceptionally(cause));
  }

  @Override
  public void close() {
    socket.close();
  }
}
