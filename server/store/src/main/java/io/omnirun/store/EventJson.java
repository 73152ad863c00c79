package io.omnirun.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventId;
import io.omnirun.model.EventType;
import io.omnirun.model.Exposure;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.TreeMap;

/** An event as it is told: the sandbox as it was then, by the names that the API has for it. */
final class EventJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private EventJson() {}

  static String write(EventId event, EventType type, Instant at, Sandbox sandbox) {
    return text(json(event, type, at, sandbox));
  }

  /** An event of an exposure: it is shown beside its sandbox. */
  static String ofExposure(
      EventId event, EventType type, Instant at, Sandbox sandbox, Exposure exposure, String url) {
    ObjectNode json = json(event, type, at, sandbox);
    json.putObject("exposure")
        .put("id", exposure.id().value())
        .put("sandboxId", exposure.sandbox().value())
        .put("port", exposure.port())
        .put("url", url)
        .put("visibility", exposure.visibility().text())
        .put("status", exposure.status().text())
        .put("createdAt", text(exposure.createdAt()))
        .put("expiresAt", text(exposure.expiresAt()));
    return text(json);
  }

  private static ObjectNode json(EventId event, EventType type, Instant at, Sandbox sandbox) {
    ObjectNode json =
        MAPPER
            .createObjectNode()
            .put("id", event.value())
            .put("type", type.text())
            .put("createdAt", text(at));
    json.set("sandbox", sandbox(sandbox));
    return json;
  }

  private static String text(ObjectNode json) {
    try {
      return MAPPER.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "an event cannot be written", e);
    }
  }

  private static ObjectNode sandbox(Sandbox sandbox) {
    ObjectNode json =
        MAPPER
            .createObjectNode()
            .put("sandboxID", sandbox.id().value())
            .put("templateID", sandbox.template())
            .put("state", sandbox.state().text())
            .put("startedAt", text(sandbox.startedAt()));
    sandbox.endedAt().or(sandbox::deadline).ifPresent(end -> json.put("endAt", text(end)));
    json.put("cpuCount", sandbox.size().vcpus()).put("memoryMB", sandbox.size().memoryMib());
    ObjectNode metadata = json.putObject("metadata");
    new TreeMap<>(sandbox.metadata()).forEach(metadata::put);
    sandbox.endReason().map(EndReason::text).ifPresent(reason -> json.put("reason", reason));
    sandbox.failureReason().ifPresent(reason -> json.put("failureReason", reason));
    return json;
  }

  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
