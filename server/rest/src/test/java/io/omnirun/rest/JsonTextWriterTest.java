package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonTextWriterTest {
  private static final int ROUNDS = 20_000;

  /** Bytes near the borders of what UTF-8 and JSON allow come often. */
  private static final byte[] TELLING =
      HexFormat.of()
          .parseHex("00011f2022235b5c5d7e7f8081909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff0a0d09");

  private final ObjectMapper mapper = new ObjectMapper();
  private final Random random = new Random(20260101);

  @Test
  void whatItWritesIsReadAsTheSameTextWhateverTheBytes() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = randomBytes();
      String json = "\"" + written(new RandomPieces(bytes, random)) + "\"";

      assertThat(mapper.readValue(json, String.class))
          .as("round %d", round)
          .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
    }
  }

  @Test
  void eachByteOfAnEncodedSurrogateIsReplacedByItselfAsUnicodeRecommends() throws Exception {
    byte[] surrogate = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};

    assertThat(written(new ByteArrayInputStream(surrogate))).isEqualTo("\uFFFD\uFFFD\uFFFD");
  }

  @Test
  void charactersAcrossTheBordersOfItsBufferStayWhole() throws Exception {
    for (int shift = 0; shift < 4; shift++) {
      String text = "x".repeat(shift) + "😀é€".repeat(60_000);
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

      assertThat(written(new ByteArrayInputStream(bytes))).isEqualTo(text);
    }
  }

  private byte[] randomBytes() {
    byte[] bytes = new byte[random.nextInt(60)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          switch (random.nextInt(3)) {
            case 0 -> TELLING[random.nextInt(TELLING.length)];
            case 1 -> (byte) random.nextInt(256);
            default -> (byte) ('a' + random.nextInt(26));
          };
      if (i > 0 && bytes[i - 1] == (byte) 0xED && (bytes[i] & 0xE0) == 0xA0) {
        // The one case in which Java's decoder, the oracle, does not do as Unicode recommends.
        bytes[i] = 'a';
      }
    }
    return bytes;
  }

  private static String written(InputStream source) throws Exception {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    new JsonTextWriter(target).copy(source);
    return target.toString(StandardCharsets.UTF_8);
  }
}
