package io.omnirun.guest.interpreter;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionEvent.Channel;
import io.omnirun.model.ResultFormat;
import io.omnirun.model.RichResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the lines of an execution, which a guest has written. */
final class ExecutionMessages {
  private static final Logger log = LoggerFactory.getLogger(ExecutionMessages.class);
  private static final String RESULT = "result";
  private static final String ERROR = "error";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private ExecutionMessages() {}

  /**
   * The event of a line; empty for one that only says that the guest is there, or something that
   * nobody knows. Code may show what no parser takes; a result that cannot be read is left out.
   *
   * @throws IOException if it is no message
   */
  static Optional<ExecutionEvent> read(byte[] line, int length) throws IOException {
    try {
      return message(line, length);
    } catch (IOException e) {
      if (!RESULT.equals(type(line, length).orElse(""))) {
        throw e;
      }
      log.debug("a result of an interpreter cannot be read", e);
      return Optional.of(
          new ExecutionEvent.LeftOut(false, "it is malformed, or nested too deeply"));
    }
  }

  /** Whether a line may tell an error, going by its beginning. */
  static boolean mayBeError(byte[] beginning, int length) {
    return type(beginning, length).map(ERROR::equals).orElse(true);
  }

  /** The type in the beginning of a line; empty if another field comes before it, or none. */
  private static Optional<String> type(byte[] line, int length) {
    try (JsonParser parser = JSON.createParser(line, 0, length)) {
      boolean known =
          parser.nextToken() == JsonToken.START_OBJECT
              && "type".equals(parser.nextFieldName())
              && parser.nextToken() == JsonToken.VALUE_STRING;
      return known ? Optional.of(parser.getText()) : Optional.empty();
    } catch (IOException e) {
      log.debug("a line of an interpreter does not begin with its type", e);
      return Optional.empty();
    }
  }

  private static Optional<ExecutionEvent> message(byte[] line, int length) throws IOException {
    JsonNode message = JSON.readTree(line, 0, length);
    if (message == null || !message.isObject()) {
      throw new IOException("a line of an execution is no object");
    }
    return Optional.ofNullable(
        switch (text(message, "type")) {
          case "number_of_executions" -> new ExecutionEvent.Begun(count(message));
          case "stdout" -> new ExecutionEvent.Printed(Channel.STDOUT, text(message, "text"));
          case "stderr" -> new ExecutionEvent.Printed(Channel.STDERR, text(message, "text"));
          case RESULT -> new ExecutionEvent.Shown(result(message));
          case ERROR ->
              new ExecutionEvent.Failed(
                  text(message, "name"), text(message, "value"), text(message, "traceback"));
          case "end_of_execution" -> new ExecutionEvent.Ended();
          default -> null;
        });
  }

  private static int count(JsonNode message) throws IOException {
    JsonNode count = message.path("execution_count");
    if (!count.isInt() || count.intValue() < 0) {
      throw new IOException("an execution's number is none");
    }
    return count.intValue();
  }

  private static RichResult result(JsonNode message) throws IOException {
    Map<ResultFormat, String> formats = new EnumMap<>(ResultFormat.class);
    for (ResultFormat format : ResultFormat.values()) {
      if (message.hasNonNull(format.text())) {
        formats.put(format, content(message, format));
      }
    }
    return new RichResult(formats);
  }

  private static String content(JsonNode message, ResultFormat format) throws IOException {
    JsonNode content = message.get(format.text());
    // A kernel may show a number or a list as text; of bytes nothing but base64 can be made.
    if (format == ResultFormat.JSON || !content.isTextual() && !format.isBase64()) {
      return wellFormed(JSON.writeValueAsString(content));
    }
    String text = text(message, format.text());
    // Jupyter's kernels break base64 into lines, which strict decoders do not take.
    return format.isBase64() ? text.replace("\n", "") : text;
  }

  private static String text(JsonNode message, String field) throws IOException {
    JsonNode text = message.path(field);
    if (!text.isTextual()) {
      throw new IOException("a line of an execution has no text in " + field);
    }
    return wellFormed(text.textValue());
  }

  /** JSON can escape half a surrogate pair, of which no UTF-8 can be made; encoding replaces it. */
  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
