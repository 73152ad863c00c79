package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.PromptSize;
import io.omnirun.llm.request.Messages;
import io.omnirun.llm.request.Problems;
import io.omnirun.llm.wire.JsonFields;
import java.io.IOException;
import java.util.Set;

/** Looks at the messages of a request: whether they are some, and how long. */
final class PromptReader {
  private static final Set<String> ROLES =
      Set.of("developer", "system", "user", "assistant", "tool", "function");

  private final JsonFields fields;
  private long imageBytes;
  private int images;
  private boolean hasReferences;

  private PromptReader(JsonFields fields) {
    this.fields = fields;
  }

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if there are no messages, or one is
   *     none
   */
  static PromptSize read(JsonFields fields) throws IOException {
    PromptReader reader = new PromptReader(fields);
    reader.messages();
    return new PromptSize(
        fields.text().length - reader.imageBytes, reader.images, reader.hasReferences);
  }

  private void messages() throws IOException {
    JsonNode messages = Messages.of(fields);
    if (messages.isEmpty()) {
      throw Problems.invalid("field \"messages\" must hold a message");
    }
    for (int i = 0; i < messages.size(); i++) {
      message("messages[" + i + "]", messages.get(i));
    }
  }

  private void message(String place, JsonNode message) {
    if (!message.isObject()) {
      throw Problems.invalid("field \"" + place + "\" must be an object");
    }
    JsonNode role = message.path("role");
    if (!role.isTextual() || !ROLES.contains(role.textValue())) {
      throw Problems.invalid(
          "field \""
              + place
              + ".role\" must be one of "
              + String.join(", ", ROLES.stream().sorted().toList()));
    }
    JsonNode content = message.path("content");
    if (content.isArray()) {
      content.forEach(part -> part(place, part));
    } else if (!content.isTextual() && !content.isNull() && !content.isMissingNode()) {
      throw Problems.invalid(
          "field \"" + place + ".content\" must be a string or an array of parts");
    }
  }

  private void part(String place, JsonNode part) {
    if (!part.isObject() || !part.path("type").isTextual()) {
      throw Problems.invalid("field \"" + place + ".content\" must hold objects with a \"type\"");
    }
    if (part.has("image_url")) {
      images++;
      imageBytes += imageBytes(part.path("image_url"));
    }
    // What a document's pages are to a model, its bytes do not tell: they are packed, and pictures.
    hasReferences |= part.has("file");
  }

  /** Only what can be nothing but a picture: of all else bytes are counted. */
  private static long imageBytes(JsonNode image) {
    String url = image.path("url").asText("");
    return url.startsWith("data:image/") ? url.length() : 0;
  }
}
