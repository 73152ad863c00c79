package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.EndReason;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.io.IOException;

/** A sandbox of the past. Its ids are there in both spellings that clients read. */
final class HistoryJson {
  private HistoryJson() {}

  static void write(JsonGenerator json, Sandbox sandbox) throws IOException {
    json.writeStartObject();
    json.writeStringField("sandboxId", sandbox.id().value());
    json.writeStringField("sandboxID", sandbox.id().value());
    json.writeStringField("templateId", sandbox.template());
    json.writeStringField("templateID", sandbox.template());
    json.writeStringField("status", sandbox.state().text());
    json.writeStringField("reason", reason(sandbox).text());
    SandboxJson.writeIfThere(json, "failureReason", sandbox.failureReason());
    json.writeStringField("createdAt", Timestamps.text(sandbox.startedAt()));
    SandboxJson.writeIfThere(json, "stoppedAt", sandbox.endedAt().map(Timestamps::text));
    json.writeNumberField("cpuCount", sandbox.size().vcpus());
    json.writeNumberField("memoryMB", sandbox.size().memoryMib());
    SandboxJson.writeDisk(json, sandbox);
    SandboxJson.writeMachineKind(json, sandbox);
    json.writeNumberField("timeoutSeconds", sandbox.settings().timeout().toSeconds());
    SandboxJson.writeMetadata(json, sandbox);
    json.writeEndObject();
  }

  private static EndReason reason(Sandbox sandbox) {
    return sandbox
        .endReason()
        .orElse(sandbox.state() == SandboxState.FAILED ? EndReason.FAILED : EndReason.KILLED);
  }
}
