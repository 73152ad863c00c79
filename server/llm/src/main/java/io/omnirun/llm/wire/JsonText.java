package io.omnirun.llm.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Strict JSON (RFC 8259) in UTF-8, as callers and providers send it: bounded in depth. */
public final class JsonText {
  /** Schemas of tools nest, and nobody's a hundred levels. */
  static final int MAX_DEPTH = 100;

  /** Longer numbers cost quadratic time where they are converted. */
  private static final int MAX_NUMBER_LENGTH = 400;

  /** A picture in an answer or a request is one string; its body is bounded before. */
  private static final int MAX_STRING_LENGTH = 32 * 1024 * 1024;

  /**
   * A tree takes much more memory than the text of many empty values. An answer of some thousand
   * tokens with all their probabilities has half as many.
   */
  private static final long MAX_TOKENS = 2_000_000;

  private static final int DETECTED_BYTES = 4;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .maxStringLength(MAX_STRING_LENGTH)
                  .maxTokenCount(MAX_TOKENS)
                  .build())
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          // The usual pool is a thread's own, and each request has a thread of its own.
          .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
          .build();

  private static final JsonMapper MAPPER = new JsonMapper(FACTORY);

  private JsonText() {}

  /**
   * A parser whose locations are offsets into the array. The caller closes it.
   *
   * @throws IOException if that is not UTF-8: the parser would take UTF-16 and count otherwise
   */
  static JsonParser parser(byte[] bytes) throws IOException {
    for (int i = 0; i < Math.min(DETECTED_BYTES, bytes.length); i++) {
      if (bytes[i] == 0) {
        throw new IOException("not JSON in UTF-8");
      }
    }
    return FACTORY.createParser(bytes);
  }

  /**
   * What a parser has found wrong, without the words that it found it in: they are a prompt's or an
   * answer's, and failures are logged. So its own exception is no cause of this one.
   */
  static IOException withoutText(JsonProcessingException problem) {
    if (problem instanceof StreamConstraintsException beyondMeasure) {
      return new IOException(beyondMeasure.getOriginalMessage());
    }
    JsonLocation place = problem.getLocation();
    return new IOException(
        place == null ? "no JSON" : "no JSON near byte " + place.getByteOffset());
  }

  /** The object that a text is; empty if it is none. */
  public static Optional<ObjectNode> object(byte[] bytes) {
    try {
      return MAPPER.readTree(bytes) instanceof ObjectNode object
          ? Optional.of(object)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The value of a string, number or word.
   *
   * @throws IOException if it is none, or a number beyond measure
   */
  public static JsonNode scalar(byte[] bytes) throws IOException {
    try {
      return MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw withoutText(e);
    }
  }

  /** The tree of a field's value. */
  public static JsonNode tree(byte[] text, JsonFields.Field field) throws IOException {
    try {
      return MAPPER.readTree(text, field.valueStart(), field.end() - field.valueStart());
    } catch (JsonProcessingException e) {
      throw withoutText(e);
    }
  }

  /** An object to write into. */
  public static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  /** A string as a value. */
  public static JsonNode text(String text) {
    return MAPPER.getNodeFactory().textNode(text);
  }

  /** A number as a value. */
  public static JsonNode number(BigDecimal number) {
    return MAPPER.getNodeFactory().numberNode(number);
  }

  /** Writes a value with a generator. */
  @FunctionalInterface
  public interface Writer {
    void write(JsonGenerator json) throws IOException;
  }

  /** What somebody writes, in one line. */
  public static byte[] written(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      writer.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The text of a value, in one line. Half a surrogate pair, of which no UTF-8 can be made, is
   * replaced.
   */
  public static byte[] bytes(JsonNode value) {
    try {
      return MAPPER.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a tree of JSON could not be written", e);
    }
  }
}
