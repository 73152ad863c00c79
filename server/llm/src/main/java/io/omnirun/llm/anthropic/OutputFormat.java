package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * How the answer's text is to look. A JSON schema is Anthropic's {@code output_config.format},
 * which its models since Claude 4.5 keep to and older ones refuse; the schema's name, description
 * and {@code strict} have no counterpart. For JSON without a schema Anthropic has nothing but
 * words: a sentence is added to {@code system}, and nothing enforces it.
 */
final class OutputFormat {
  private static final String IN_WORDS =
      "Answer with one valid JSON object and nothing else: no other text, no code fence.";

  private OutputFormat() {}

  /** Writes OpenAI's {@code response_format} into Anthropic's request. */
  static void toAnthropic(RequestFields request, ObjectNode body) {
    request.object("response_format").ifPresent(format -> write(format, body));
  }

  private static void write(RequestFields format, ObjectNode body) {
    String type = format.requiredText("type");
    switch (type) {
      case "text" -> {}
      case "json_object" -> ContentParts.addText(body.withArray("system"), IN_WORDS);
      case "json_schema" -> {
        ObjectNode schema = format.requiredObject("json_schema").requiredObject("schema").object();
        ObjectNode written = body.withObject("/output_config").putObject("format");
        written.put("type", type).set("schema", schema);
      }
      default -> throw format.unknown("type", type);
    }
  }

  /** Writes Anthropic's {@code output_config.format} into OpenAI's request. */
  static void toOpenAi(RequestFields request, ObjectNode body) {
    request
        .object("output_config")
        .flatMap(config -> config.object("format"))
        .ifPresent(format -> body.set("response_format", responseFormat(format)));
  }

  private static ObjectNode responseFormat(RequestFields format) {
    String type = format.requiredText("type");
    if (!type.equals("json_schema")) {
      throw format.unknown("type", type);
    }
    ObjectNode written = JsonNodeFactory.instance.objectNode().put("type", type);
    ObjectNode schema = written.putObject("json_schema");
    // OpenAI demands a name; nobody sees it.
    schema.put("name", "answer").put("strict", true);
    schema.set("schema", format.requiredObject("schema").object());
    return written;
  }
}
