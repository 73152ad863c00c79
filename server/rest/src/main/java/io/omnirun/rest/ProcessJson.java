package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ProcessRecord;
import java.io.IOException;

/** Commands as the API shows them. What is not known yet is absent. */
final class ProcessJson {
  private ProcessJson() {}

  static void writeHandle(JsonGenerator json, int handle) throws IOException {
    json.writeStartObject();
    json.writeNumberField("pid", handle);
    json.writeEndObject();
  }

  static void writeResult(JsonGenerator json, CommandResult result) throws IOException {
    json.writeStartObject();
    json.writeStringField("stdout", result.stdout());
    json.writeStringField("stderr", result.stderr());
    json.writeNumberField("exit_code", result.exitCode());
    writeTruncated(json, result.truncated());
    json.writeEndObject();
  }

  static void write(JsonGenerator json, ProcessRecord process) throws IOException {
    json.writeStartObject();
    json.writeNumberField("pid", process.handle());
    json.writeStringField("command", process.commandLine());
    json.writeBooleanField("running", process.running());
    if (process.exitCode().isPresent()) {
      json.writeNumberField("exit_code", process.exitCode().getAsInt());
    }
    json.writeStringField("stdout", process.stdout());
    json.writeStringField("stderr", process.stderr());
    writeTruncated(json, process.truncated());
    json.writeStringField("started_at", Timestamps.text(process.startedAt()));
    if (process.endedAt().isPresent()) {
      json.writeStringField("ended_at", Timestamps.text(process.endedAt().get()));
    }
    json.writeEndObject();
  }

  static void writeTruncated(JsonGenerator json, boolean truncated) throws IOException {
    if (truncated) {
      json.writeBooleanField("truncated", true);
    }
  }
}
