package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.CodeContext;
import io.omnirun.model.ExecutionResult;
import io.omnirun.model.ResultFormat;
import io.omnirun.model.RichResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Contexts, and what their code comes to, as the API shows them. */
final class ContextJson {
  private ContextJson() {}

  static void write(JsonGenerator json, CodeContext context) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", context.id());
    json.writeStringField("language", context.language());
    json.writeStringField("cwd", context.cwd());
    json.writeStringField("created_at", Timestamps.text(context.createdAt()));
    json.writeEndObject();
  }

  static void writeAll(JsonGenerator json, List<CodeContext> contexts) throws IOException {
    json.writeStartArray();
    for (CodeContext context : contexts) {
      write(json, context);
    }
    json.writeEndArray();
  }

  static void write(JsonGenerator json, ExecutionResult result) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("results");
    for (RichResult shown : result.results()) {
      write(json, shown);
    }
    json.writeEndArray();
    json.writeObjectFieldStart("logs");
    json.writeStringField("stdout", result.stdout());
    json.writeStringField("stderr", result.stderr());
    json.writeEndObject();
    if (result.error().isPresent()) {
      json.writeStringField("error", result.error().get());
    }
    json.writeNumberField("execution_count", result.executionCount());
    ProcessJson.writeTruncated(json, result.truncated());
    json.writeEndObject();
  }

  static void write(JsonGenerator json, RichResult result) throws IOException {
    json.writeStartObject();
    for (Map.Entry<ResultFormat, String> format : result.formats().entrySet()) {
      json.writeFieldName(format.getKey().text());
      if (format.getKey() == ResultFormat.JSON) {
        json.writeRawValue(format.getValue());
      } else {
        json.writeString(format.getValue());
      }
    }
    json.writeEndObject();
  }
}
