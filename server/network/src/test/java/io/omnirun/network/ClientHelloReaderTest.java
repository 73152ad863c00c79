package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ClientHelloReaderTest {
  private static final Path CORPUS = Path.of("src/test/resources/client-hellos");
  private static final int RECORD_HEADER = 5;

  static Stream<Path> corpus() throws IOException {
    return Files.list(CORPUS).sorted();
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void theHellosOfRealClientsAreReadHoweverTheyAreCut(Path file) throws IOException {
    byte[] hello = Files.readAllBytes(file);
    String expected = file.toString().contains("noservername") ? "" : "example.com";
    assertThat(read(hello, hello.length)).isEqualTo(expected);
    for (int size : new int[] {1, 2, 3, 7, 100, 1_000}) {
      assertThat(read(hello, size)).as("in packets of %d bytes", size).isEqualTo(expected);
    }
    for (int size : new int[] {1, 4, 5, 50, 333}) {
      byte[] cut = inRecordsOf(message(hello), size);
      if (cut.length <= ClientHelloReader.MAX_BYTES) {
        assertThat(read(cut, 11)).as("in records of %d bytes", size).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void whatIsForwardedIsWhatCame(Path file) throws IOException {
    byte[] hello = Files.readAllBytes(file);
    Opening opening = new ClientHelloReader().read(ByteBuffer.wrap(hello));
    assertThat(opening).isInstanceOf(Opening.Complete.class);
    assertThat(((Opening.Complete) opening).forward()).isEqualTo(ByteBuffer.wrap(hello));
  }

  /** No cut of a hello is one; and whatever byte of it changes, nothing breaks. */
  @ParameterizedTest
  @MethodSource("corpus")
  void damagedHellosDoNoHarm(Path file) throws IOException {
    byte[] hello = Files.readAllBytes(file);
    int whole = RECORD_HEADER + message(hello).length;
    for (int length = 0; length < whole; length++) {
      assertThat(new ClientHelloReader().read(ByteBuffer.wrap(hello, 0, length)))
          .isInstanceOf(Opening.NeedMore.class);
    }
    Random random = new Random(1);
    for (int i = 0; i < whole; i++) {
      byte[] changed = hello.clone();
      changed[i] ^= (byte) (1 + random.nextInt(255));
      assertThat(new ClientHelloReader().read(ByteBuffer.wrap(changed))).isNotNull();
    }
  }

  @Test
  void aHelloThatIsBuiltAsTheyAreBelowIsRead() {
    assertThat(outcome(hello(serverName("a.example.com")))).isEqualTo("a.example.com");
    assertThat(outcome(hello())).isEmpty();
  }

  @Test
  void unknownExtensionsAndGreaseArePassedOver() {
    byte[] hello =
        hello(extension(0x0a0a, new byte[0]), extension(0xfe0d, new byte[200]), serverName("a.b"));
    assertThat(outcome(hello)).isEqualTo("a.b");
  }

  @Test
  void whatTwoProgramsMightReadInTwoWaysIsRefused() {
    assertThat(outcome(hello(serverName("a.b"), serverName("c.d")))).isEqualTo("malformed");
    byte[] two = bytes(0, 0, 0, 3, 'a', '.', 'b', 0, 0, 3, 'c', '.', 'd');
    two[1] = 12;
    assertThat(outcome(hello(extension(0, two)))).isEqualTo("malformed");
    assertThat(outcome(hello(extension(0, bytes(0, 3, 0, 0, 0))))).isEqualTo("malformed");
    assertThat(outcome(hello(extension(0, bytes(0, 4, 1, 0, 1, 'a'))))).isEqualTo("malformed");
    assertThat(outcome(hello(extension(0, bytes(0, 4, 0, 0, 1, 'a', 'b'))))).isEqualTo("malformed");
    assertThat(outcome(hello(extension(7, bytes(1, 2), 1)))).isEqualTo("malformed");
  }

  @Test
  void aSecondMessageInTheRecordIsRefused() {
    byte[] hello = hello(serverName("a.b"));
    byte[] longer = Arrays.copyOf(hello, hello.length + 4);
    ByteBuffer.wrap(longer).putShort(3, (short) (longer.length - RECORD_HEADER));
    assertThat(outcome(longer)).isEqualTo("malformed");
  }

  @Test
  void earlyDataBehindTheHelloIsForwardedWithIt() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(hello(serverName("a.b")));
    all.writeBytes(bytes(20, 3, 3, 0, 1, 1));
    Opening opening = new ClientHelloReader().read(ByteBuffer.wrap(all.toByteArray()));
    assertThat(((Opening.Complete) opening).forward().remaining()).isEqualTo(all.size());
  }

  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1', an HTTP request",
    "'\u0080\u002e\u0001\u0003\u0001', the hello of an SSLv2 client",
    "'\u0016\u0002\u0000\u0000\u0005\u0001', another major version",
    "'\u0015\u0003\u0003\u0000\u0002\u0002\u0028', an alert",
    "'\u0016\u0003\u0001\u0000\u0000', an empty record",
    "'\u0016\u0003\u0001\u0041\u0000', a record that is too long",
    "'\u0016\u0003\u0001\u0000\u0005\u0002', another handshake message",
    "'\u0016\u0003\u0001\u0000\u0005\u0001\u0001\u0000\u0000', a message that is too long",
    "'\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0000', an empty message",
  })
  void whatIsNoHelloIsRefusedAsSoonAsItShows(String bytes, String what) {
    assertThat(outcome(bytes.getBytes(StandardCharsets.ISO_8859_1)))
        .as(what)
        .isEqualTo("malformed");
  }

  @Test
  void aHelloInRecordsOfOneByteIsBounded() {
    byte[] big = hello(extension(0xaaaa, new byte[10_000]), serverName("a.b"));
    assertThat(outcome(big)).isEqualTo("a.b");
    assertThat(outcome(inRecordsOf(message(big), 1))).isEqualTo("malformed");
  }

  private static String outcome(byte[] bytes) {
    return read(bytes, bytes.length);
  }

  private static String read(byte[] bytes, int packet) {
    ClientHelloReader reader = new ClientHelloReader();
    for (int start = 0; start < bytes.length; start += packet) {
      ByteBuffer part = ByteBuffer.wrap(bytes, start, Math.min(packet, bytes.length - start));
      switch (reader.read(part)) {
        case Opening.Complete complete -> {
          return complete.serverName().orElse("");
        }
        case Opening.Malformed malformed -> {
          assertThat(malformed.problem()).isNotBlank();
          return "malformed";
        }
        case Opening.NeedMore() -> assertThat(part.hasRemaining()).isFalse();
      }
    }
    return "more";
  }

  private static byte[] message(byte[] hello) {
    int length = ByteBuffer.wrap(hello).getShort(3) & 0xffff;
    return Arrays.copyOfRange(hello, RECORD_HEADER, RECORD_HEADER + length);
  }

  private static byte[] inRecordsOf(byte[] message, int size) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int start = 0; start < message.length; start += size) {
      int length = Math.min(size, message.length - start);
      out.writeBytes(bytes(22, 3, 1, length >> 8, length & 0xff));
      out.write(message, start, length);
    }
    return out.toByteArray();
  }

  private static byte[] hello(byte[]... extensions) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Stream.of(extensions).forEach(all::writeBytes);
    ByteBuffer body = ByteBuffer.allocate(2 + 32 + 1 + 4 + 2 + 2 + all.size());
    body.putShort((short) 0x0303).put(new byte[32]).put((byte) 0);
    body.putShort((short) 2).putShort((short) 0x1301).put((byte) 1).put((byte) 0);
    body.putShort((short) all.size()).put(all.toByteArray());
    ByteBuffer message = ByteBuffer.allocate(4 + body.capacity());
    message.putInt(1 << 24 | body.capacity()).put(body.array());
    return inRecordsOf(message.array(), message.capacity());
  }

  private static byte[] serverName(String name) {
    byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer content = ByteBuffer.allocate(5 + text.length);
    content.putShort((short) (3 + text.length)).put((byte) 0);
    return extension(0, content.putShort((short) text.length).put(text).array());
  }

  private static byte[] extension(int type, byte[] content) {
    return extension(type, content, 0);
  }

  /** With a length that is too great by some bytes. */
  private static byte[] extension(int type, byte[] content, int lie) {
    ByteBuffer extension = ByteBuffer.allocate(4 + content.length);
    extension.putShort((short) type).putShort((short) (content.length + lie));
    return extension.put(content).array();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
