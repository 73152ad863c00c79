package io.omnirun.machine.firecracker;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.omnirun.guest.link.ClosingDeadline;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Firecracker's API on its unix socket. A connection serves one call: the API works on one at a
 * time anyway, and one that is kept would be one of ten. Thread-safe; calls block.
 */
final class FirecrackerApi {
  /** No call of theirs takes as long in their own tests (MAX_API_CALL_DURATION_MS), by far. */
  static final Duration QUICK = Duration.ofSeconds(30);

  /** Writing and syncing all memory. */
  static final Duration SNAPSHOT = Duration.ofMinutes(10);

  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final Path socket;

  FirecrackerApi(Path socket) {
    this.socket = requireNonNull(socket, "socket is null");
  }

  /**
   * Puts a thing.
   *
   * @param body see {@link ApiBodies}
   * @throws OmniRunException what {@link ApiFailure} makes of the answer
   */
  void put(String path, Object body) {
    put(path, body, QUICK);
  }

  void put(String path, Object body, Duration limit) {
    call("PUT", path, json(body), limit);
  }

  /** Changes a thing, as {@link #put}. */
  void patch(String path, Object body) {
    call("PATCH", path, json(body), QUICK);
  }

  /** Asks for a thing. */
  JsonNode get(String path) {
    String body = call("GET", path, "", QUICK);
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw ApiFailure.unreadable("GET " + path, e);
    }
  }

  private static String json(Object body) {
    try {
      return JSON.writeValueAsString(body);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a request to Firecracker has no form", e);
    }
  }

  private String call(String method, String path, String body, Duration limit) {
    String call = method + " " + path;
    try {
      ApiAnswer answer = exchange(ApiMessages.request(method, path, body), limit);
      if (answer.isRefusal()) {
        throw ApiFailure.refused(call, answer.fault(JSON));
      }
      return answer.body();
    } catch (IOException e) {
      throw ApiFailure.unreachable(call, e);
    }
  }

  private ApiAnswer exchange(byte[] request, Duration limit) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      ClosingDeadline deadline = ClosingDeadline.start(limit, channel);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return ApiMessages.exchange(channel, request);
      } finally {
        deadline.callOff();
      }
    }
  }
}
