package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.NodeStatus;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import java.io.IOException;

/** {@code GET /status}: what anybody may know, without a key. */
final class StatusRoute {
  private final NodeStatus nodeStatus;

  StatusRoute(NodeStatus nodeStatus) {
    this.nodeStatus = nodeStatus;
  }

  void show(Exchange exchange) throws IOException {
    NodeStatus.Status status = nodeStatus.status();
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("node_id", status.nodeId());
          json.writeNumberField("active_sandboxes", status.activeSandboxes());
          json.writeNumberField("max_sandboxes", status.maxSandboxes());
          json.writeArrayFieldStart("templates");
          for (String template : status.templates()) {
            json.writeString(template);
          }
          json.writeEndArray();
          writeMachine(json, status.machines());
          json.writeEndObject();
        });
  }

  private static void writeMachine(JsonGenerator json, MachinePlatform machines)
      throws IOException {
    json.writeObjectFieldStart("machine");
    json.writeStringField("vmm", machines.kind().vmm().text());
    json.writeStringField("vmmVersion", machines.vmmVersion());
    json.writeStringField("accelerator", machines.kind().accelerator().text());
    json.writeEndObject();
  }
}
