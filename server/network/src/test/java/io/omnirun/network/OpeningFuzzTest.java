package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Whatever a guest sends first: each reader ends with one of its outcomes, with the same one
 * however the bytes are cut, and holds no more than its bound.
 */
class OpeningFuzzTest {
  private static final int MUTATIONS = 200;

  @FuzzTest(maxDuration = "60s")
  void anyBytesAreAHelloOrNone(byte[] bytes) {
    assertSameHoweverCut(ProxyProtocol.TLS, bytes);
  }

  @FuzzTest(maxDuration = "60s")
  void anyBytesAreAHeadOrNone(byte[] bytes) {
    assertSameHoweverCut(ProxyProtocol.HTTP, bytes);
  }

  /** Real hellos with some bytes changed, taken out or doubled. */
  @RepeatedTest(20)
  void hellosThatAreNearlyRightAreReadInOneWay(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    List<Path> corpus;
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/client-hellos"))) {
      corpus = files.sorted().toList();
    }
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] hello = Files.readAllBytes(corpus.get(random.nextInt(corpus.size())));
      assertSameHoweverCut(ProxyProtocol.TLS, changed(hello, random));
    }
  }

  @RepeatedTest(20)
  void headsThatAreNearlyRightAreReadInOneWay(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] head =
        "GET http://a.b/x HTTP/1.1\r\nHost: a.b:80\r\nUpgrade: h2c\r\nAccept: */*\r\n\r\nbody"
            .getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < MUTATIONS; i++) {
      assertSameHoweverCut(ProxyProtocol.HTTP, changed(head, random));
    }
  }

  private static byte[] changed(byte[] bytes, Random random) {
    byte[] changed = bytes.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(changed.length);
      switch (random.nextInt(3)) {
        case 0 -> changed[at] = (byte) random.nextInt(256);
        case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
        default -> System.arraycopy(changed, at, changed, at / 2, changed.length - at);
      }
    }
    return changed;
  }

  private static void assertSameHoweverCut(ProxyProtocol protocol, byte[] bytes) {
    String whole = outcome(protocol, bytes, Math.max(bytes.length, 1));
    assertThat(outcome(protocol, bytes, 1)).isEqualTo(whole);
    assertThat(outcome(protocol, bytes, 7)).isEqualTo(whole);
  }

  private static String outcome(ProxyProtocol protocol, byte[] bytes, int packet) {
    Opening.Reader reader = protocol.reader();
    for (int start = 0; start < bytes.length; start += packet) {
      int length = Math.min(packet, bytes.length - start);
      switch (reader.read(ByteBuffer.wrap(bytes, start, length))) {
        case Opening.Complete complete -> {
          assertThat(complete.forward().remaining()).isPositive();
          return "complete: " + complete.serverName();
        }
        case Opening.Malformed malformed -> {
          return malformed.problem().isEmpty() ? "" : "malformed";
        }
        case Opening.NeedMore() ->
            assertThat(start).isLessThan(ClientHelloReader.MAX_BYTES + packet);
      }
    }
    return "more";
  }
}
