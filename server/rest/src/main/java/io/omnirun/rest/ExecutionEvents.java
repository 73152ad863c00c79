package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.http.EventStream;
import io.omnirun.http.JsonWriter;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionEvent.Begun;
import io.omnirun.model.ExecutionEvent.Channel;
import io.omnirun.model.ExecutionEvent.Ended;
import io.omnirun.model.ExecutionEvent.Failed;
import io.omnirun.model.ExecutionEvent.LeftOut;
import io.omnirun.model.ExecutionEvent.Printed;
import io.omnirun.model.ExecutionEvent.Shown;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells a client what an execution does. Clients join what is printed with newlines, so each event
 * is a line without its own; a line is told when it is complete. Used once, by one thread.
 */
final class ExecutionEvents {
  /** Written to the client together: a write for each of many short lines would cost more. */
  private static final int BATCH_EVENTS = 256;

  private static final int BATCH_CHARACTERS = 64 * 1024;

  private final EventStream client;
  private final TextLines stdout =
      new TextLines((line, continued) -> batchLine("stdout", line, continued));
  private final TextLines stderr =
      new TextLines((line, continued) -> batchLine("stderr", line, continued));
  private final List<JsonWriter> batch = new ArrayList<>();
  private int batchCharacters;
  private int executionCount;

  ExecutionEvents(EventStream client) {
    this.client = client;
  }

  /** Tells everything to the end of the execution; blocks for it and for the client. */
  void tell(GuestSequence<ExecutionEvent> execution) throws IOException {
    Optional<ExecutionEvent> event = execution.next();
    while (event.isPresent()) {
      tell(event.get());
      flush();
      event = execution.next();
    }
  }

  private void tell(ExecutionEvent event) throws IOException {
    switch (event) {
      case Begun begun -> executionCount = begun.executionCount();
      case Printed printed -> lines(printed.channel()).add(printed.text());
      case Shown shown -> batch.add(json -> writeShown(json, shown));
      case Failed failed -> complain(failed.text());
      case LeftOut leftOut -> complain(leftOut.text());
      case Ended _ -> end();
    }
  }

  /** There is no event for an error: it stands where the code's complaints are read. */
  private void complain(String text) throws IOException {
    stderr.end();
    stderr.add(text);
    stderr.end();
  }

  private void end() throws IOException {
    stdout.end();
    stderr.end();
    batch.add(
        json -> {
          json.writeStartObject();
          json.writeStringField("type", "done");
          json.writeNumberField("execution_count", executionCount);
          json.writeEndObject();
        });
  }

  private TextLines lines(Channel channel) {
    return switch (channel) {
      case STDOUT -> stdout;
      case STDERR -> stderr;
    };
  }

  private void batchLine(String type, String line, boolean continued) throws IOException {
    batch.add(
        json -> {
          json.writeStartObject();
          json.writeStringField("type", type);
          json.writeStringField("data", line);
          if (continued) {
            json.writeBooleanField("continued", true);
          }
          json.writeEndObject();
        });
    batchCharacters += line.length();
    if (batch.size() >= BATCH_EVENTS || batchCharacters >= BATCH_CHARACTERS) {
      flush();
    }
  }

  private static void writeShown(JsonGenerator json, Shown shown) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", "result");
    json.writeFieldName("data");
    ContextJson.write(json, shown.result());
    json.writeEndObject();
  }

  private void flush() throws IOException {
    if (!batch.isEmpty()) {
      client.sendAll(batch);
      batch.clear();
      batchCharacters = 0;
    }
  }
}
