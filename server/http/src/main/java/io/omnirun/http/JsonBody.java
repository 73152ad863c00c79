package io.omnirun.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Strict JSON (RFC 8259): UTF-8, one value and nothing behind it, no key twice, bounded in length
 * and depth.
 */
public final class JsonBody {
  /** Ten times what a create with all its fields full needs in practice. */
  public static final long DEFAULT_LIMIT_BYTES = 1024 * 1024;

  /** No field of the API goes deeper than 4; the parser's own stack is safe far beyond this. */
  public static final int MAX_DEPTH = 64;

  /** The longest number the API takes has 10 digits; converting long ones costs quadratic time. */
  private static final int MAX_NUMBER_LENGTH = 64;

  /** How Jackson begins what it says of such a word; the word itself follows. */
  private static final String UNRECOGNIZED_TOKEN = "Unrecognized token";

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
          .build();

  private static final JsonMapper MAPPER =
      JsonMapper.builder(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonBody() {}

  /**
   * Reads a body to its end.
   *
   * @throws OmniRunException INVALID_REQUEST if it is no JSON object
   */
  static JsonFields readObject(InputStream body) throws IOException {
    return readObjectIfAny(body)
        .orElseThrow(() -> invalid("the body is empty; a JSON object is expected"));
  }

  /**
   * Reads a body to its end; empty if it is.
   *
   * @throws OmniRunException INVALID_REQUEST if there is one that is no JSON object
   */
  static Optional<JsonFields> readObjectIfAny(InputStream body) throws IOException {
    byte[] bytes;
    try {
      bytes = body.readAllBytes();
    } catch (RefusedBodyException e) {
      throw e.refusal();
    }
    if (bytes.length == 0) {
      return Optional.empty();
    }
    JsonNode value = parse(utf8(bytes));
    if (!(value instanceof ObjectNode object)) {
      throw invalid("the body is %s; a JSON object is expected".formatted(JsonKind.of(value)));
    }
    return Optional.of(new JsonFields(object, ""));
  }

  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new OmniRunException(ErrorCode.INVALID_REQUEST, "the body is not UTF-8", e);
    }
  }

  private static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (StreamConstraintsException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "the body's JSON is nested deeper than %d levels, or a number in it has more than %d digits"
              .formatted(MAX_DEPTH, MAX_NUMBER_LENGTH),
          e);
    } catch (JsonProcessingException e) {
      throw new OmniRunException(ErrorCode.INVALID_REQUEST, notJson(e), e);
    }
  }

  private static String notJson(JsonProcessingException problem) {
    return "the body is not valid JSON, near line %d column %d: %s"
        .formatted(
            problem.getLocation().getLineNr(),
            problem.getLocation().getColumnNr(),
            ShownText.shortened(withoutToken(problem.getOriginalMessage())));
  }

  /** A word outside of quotes may be a secret whose quotes were forgotten. */
  private static String withoutToken(String message) {
    return message.startsWith(UNRECOGNIZED_TOKEN)
        ? "a word that is neither quoted nor true, false or null"
        : message;
  }

  /** Writes JSON to a stream that it never closes. */
  static JsonGenerator generator(OutputStream target) throws IOException {
    return FACTORY.createGenerator(target);
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }
}
