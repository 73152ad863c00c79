package io.omnirun.guest.interpreter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.CodeContext;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/** Reads what a guest tells of its contexts. What is not as it should be is GUEST_UNREACHABLE. */
final class ContextMessages {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of a language, a time or an id. */
  private static final int MAX_NAME_CHARACTERS = 64;

  /** Linux' PATH_MAX. */
  private static final int MAX_CWD_CHARACTERS = 4_096;

  private ContextMessages() {}

  static CodeContext read(byte[] answer) {
    try {
      return context(JSON.readTree(answer));
    } catch (IOException e) {
      throw InterpreterFailure.lost(e);
    }
  }

  static List<CodeContext> readAll(byte[] answer) {
    try {
      JsonNode list = JSON.readTree(answer);
      if (!list.isArray()) {
        throw new IOException("a list of contexts is none");
      }
      List<CodeContext> contexts = new ArrayList<>();
      for (JsonNode context : list) {
        contexts.add(context(context));
      }
      return contexts;
    } catch (IOException e) {
      throw InterpreterFailure.lost(e);
    }
  }

  private static CodeContext context(JsonNode context) throws IOException {
    String id = text(context, "id", MAX_NAME_CHARACTERS);
    if (!CodeContext.isId(id)) {
      throw new IOException("a context's id is none");
    }
    try {
      return new CodeContext(
          id,
          text(context, "language", MAX_NAME_CHARACTERS),
          text(context, "cwd", MAX_CWD_CHARACTERS),
          Instant.parse(text(context, "created_at", MAX_NAME_CHARACTERS)));
    } catch (DateTimeParseException e) {
      throw new IOException("a context's time is none", e);
    }
  }

  private static String text(JsonNode context, String field, int maxCharacters) throws IOException {
    JsonNode text = context.path(field);
    if (!text.isTextual() || text.textValue().length() > maxCharacters) {
      throw new IOException("a context has no proper " + field);
    }
    return text.textValue();
  }
}
