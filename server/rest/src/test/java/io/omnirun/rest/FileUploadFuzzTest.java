package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The incremental reader of file bodies against Jackson, on documents whole and damaged. */
class FileUploadFuzzTest {
  private static final int ROUNDS = 60_000;

  private record Upload(String path, String user, String content) {}

  private final Random random = new Random(20260102);
  private final JsonMapper oracle =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  @Test
  void takesAndRefusesWhatJacksonDoesWithTheSameResult() throws Exception {
    int taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] document = damaged(document().getBytes(StandardCharsets.UTF_8));
      Optional<Upload> expected = expected(document);
      taken += expected.isPresent() ? 1 : 0;

      assertThat(actual(document))
          .as("round %d: %s", round, new String(document, StandardCharsets.UTF_8))
          .isEqualTo(expected);
    }
    assertThat(taken).isBetween(ROUNDS / 5, ROUNDS * 4 / 5);
  }

  private Optional<Upload> actual(byte[] document) throws IOException {
    List<Upload> uploads = new ArrayList<>();
    FileUpload.Target target =
        (path, user, content) -> {
          try {
            String text = new String(content.readAllBytes(), StandardCharsets.UTF_8);
            uploads.add(new Upload(path, user, text));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    try {
      new FileUpload(new RandomPieces(document, random), target, () -> {}, SpoolFiles.temporary(1))
          .perform();
    } catch (io.omnirun.http.RefusedBodyException | OmniRunException e) {
      assertThat(uploads).isEmpty();
    }
    return uploads.stream().findFirst();
  }

  private Optional<Upload> expected(byte[] document) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(document)).toString();
      JsonNode value = oracle.readTree(text);
      if (!(value instanceof ObjectNode object) || hasHalfPair(object)) {
        return Optional.empty();
      }
      return upload(object);
    } catch (CharacterCodingException | JacksonException | OmniRunException e) {
      return Optional.empty();
    }
  }

  private static Optional<Upload> upload(ObjectNode object) {
    Optional<String> path = text(object, "path").map(GuestNames::filePath);
    Optional<String> user = text(object, "user").map(GuestNames::user);
    Optional<String> content = text(object, "content");
    return path.isEmpty() || content.isEmpty()
        ? Optional.empty()
        : Optional.of(new Upload(path.get(), user.orElse("root"), content.get()));
  }

  private static Optional<String> text(ObjectNode object, String name) {
    JsonNode value = object.get(name);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw InvalidRequest.because("%s is no string".formatted(name));
    }
    return Optional.of(value.textValue());
  }

  private static boolean hasHalfPair(JsonNode node) {
    boolean own = node.isTextual() && isBroken(node.textValue());
    boolean[] inner = {own};
    node.fieldNames().forEachRemaining(name -> inner[0] |= isBroken(name));
    node.forEach(child -> inner[0] |= hasHalfPair(child));
    return inner[0];
  }

  private static boolean isBroken(String text) {
    return !StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  private String document() {
    List<String> fields =
        new ArrayList<>(
            List.of(field("path", name()), field("content", text()), field("extra", value(3))));
    if (random.nextBoolean()) {
      fields.add(field("user", name()));
    }
    Collections.shuffle(fields, random);
    return space() + "{" + String.join(",", fields) + "}" + space();
  }

  private String field(String name, String value) {
    return space() + "\"" + name + "\"" + space() + ":" + space() + value + space();
  }

  private String space() {
    return List.of("", "", "", " ", "\n\t", "\r\n ").get(random.nextInt(6));
  }

  private String name() {
    return random.nextInt(8) == 0 ? value(0) : "\"n" + random.nextInt(100) + "\"";
  }

  private String text() {
    StringBuilder text = new StringBuilder("\"");
    for (int i = random.nextInt(20); i > 0; i--) {
      text.append(
          List.of(
                  "plain text ",
                  "é",
                  "€",
                  "😀",
                  "\\n",
                  "\\\\",
                  "\\\"",
                  "\\/",
                  "\\u00e9",
                  "\\ud83d\\ude00",
                  "\\u0000",
                  "\\uD800",
                  "\\u20AC",
                  "x".repeat(40))
              .get(random.nextInt(14) == 11 && random.nextInt(8) > 0 ? 0 : random.nextInt(14)));
    }
    return text.append('"').toString();
  }

  private String value(int depth) {
    return switch (random.nextInt(depth > 0 ? 9 : 7)) {
      case 0 -> "null";
      case 1 -> "true";
      case 2 -> "false";
      case 3 ->
          List.of("0", "-1", "12.5", "1e9", "-0.5E-3", "01", "1.", "-").get(random.nextInt(8));
      case 4, 5, 6 -> text();
      case 7 -> "[" + value(depth - 1) + "," + space() + value(depth - 1) + "]";
      default -> "{\"k\":" + value(depth - 1) + "}";
    };
  }

  private byte[] damaged(byte[] document) {
    if (random.nextBoolean()) {
      return document;
    }
    int place = random.nextInt(document.length);
    byte[] changed = document.clone();
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(document, place);
      case 1 -> {
        changed[place] = (byte) random.nextInt(256);
        yield changed;
      }
      case 2 -> without(document, place);
      default -> {
        changed[place] = (byte) "{}[]\",:\\ ".charAt(random.nextInt(9));
        yield changed;
      }
    };
  }

  private static byte[] without(byte[] document, int place) {
    byte[] shorter = Arrays.copyOf(document, document.length - 1);
    System.arraycopy(document, place + 1, shorter, place, document.length - place - 1);
    return shorter;
  }
}
