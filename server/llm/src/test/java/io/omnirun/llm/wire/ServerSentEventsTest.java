package io.omnirun.llm.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentEventsTest {
  /** An event as whoever reads it sees it. */
  private record Seen(String type, String data) {
    private static final Seen NOTHING = new Seen("", "");

    static Seen of(ServerSentEvent event) {
      return new Seen(event.type(), new String(event.data(), StandardCharsets.ISO_8859_1));
    }
  }

  /** Gives so many bytes at a time. */
  private static final class Torn extends InputStream {
    private final ByteArrayInputStream whole;
    private final IntSupplier most;

    Torn(byte[] whole, IntSupplier most) {
      this.whole = new ByteArrayInputStream(whole);
      this.most = most;
    }

    @Override
    public int read() {
      return whole.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return whole.read(target, offset, Math.min(length, Math.max(1, most.getAsInt())));
    }
  }

  private static List<Seen> read(byte[] stream, IntSupplier most) throws IOException {
    ServerSentEvents events = new ServerSentEvents(new Torn(stream, most));
    List<Seen> seen = new ArrayList<>();
    boolean hasMore = true;
    while (hasMore) {
      hasMore = events.read(event -> seen.add(Seen.of(event)));
    }
    seen.removeIf(Seen.NOTHING::equals);
    return seen;
  }

  private static List<Seen> read(String stream) throws IOException {
    return read(utf8(stream), () -> Integer.MAX_VALUE);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void linesEndInThreeWaysAndBytesMayBeTornAnywhere(String lineEnd) throws IOException {
    String text =
        ": hello\n\n"
            + "event: a\n"
            + "data: 1\n\n"
            + "data:2\n"
            + "data:  3\n"
            + "id: 7\n\n\n\n"
            + ": x\n"
            + "data:\n\n"
            + "event:b\n\n"
            + "data: 4\n\n";
    byte[] stream = utf8(text.replace("\n", lineEnd));
    List<Seen> expected =
        List.of(new Seen("a", "1"), new Seen("", "2\n 3"), new Seen("b", ""), new Seen("", "4"));
    assertThat(read(stream, () -> stream.length)).isEqualTo(expected);
    for (int size = 1; size < stream.length; size++) {
      int most = size;
      assertThat(read(stream, () -> most)).as("%d at a time", size).isEqualTo(expected);
      List<Integer> pieces = new ArrayList<>(List.of(size, stream.length, 1));
      assertThat(read(stream, pieces::removeFirst)).as("torn at %d", size).isEqualTo(expected);
    }
  }

  @Test
  void lineEndsMayBeMixed() throws IOException {
    assertThat(read("data: 1\r\n\ndata: 2\n\r\ndata: 3\r\rdata: 4\n\rdata: 5\r\n\rdata: 6"))
        .extracting(Seen::data)
        .containsExactly("1", "2", "3", "4", "5", "6");
  }

  @ParameterizedTest
  @CsvSource({"'data: x'", "'data: x\n'", "'data: x\r'", "'data: x\r\n'", "'data: x\n\n'"})
  void whatStandsAtTheEndIsAnEventToo(String stream) throws IOException {
    assertThat(read(stream)).containsExactly(new Seen("", "x"));
  }

  @Test
  void onlyFieldsOfThatNameCount() throws IOException {
    assertThat(read("data : 1\ndatas: 2\n data: 3\nDATA: 4\nda\n\n:data: 5\n\n")).isEmpty();
  }

  @Test
  void aReadHandsOverAllThatIsWholeAndNothingElse() throws IOException {
    List<Integer> sizes = new ArrayList<>(List.of(30, 100));
    ServerSentEvents events =
        new ServerSentEvents(
            new Torn(utf8("data: 1\n\ndata: 2\n\ndata: 345678\n\n"), sizes::removeFirst));
    List<Seen> seen = new ArrayList<>();
    assertThat(events.read(event -> seen.add(Seen.of(event)))).isTrue();
    assertThat(seen).extracting(Seen::data).containsExactly("1", "2");
  }

  @Test
  void anEventKeepsAllItsBytes() throws IOException {
    String stream = ": c\r\nevent: a\r\ndata: ü\r\n\r\n";
    List<String> passed = new ArrayList<>();
    new ServerSentEvents(new ByteArrayInputStream(utf8(stream)))
        .read(event -> passed.add(new String(event.bytes(), StandardCharsets.UTF_8)));
    assertThat(passed).containsExactly(stream);
  }

  @Test
  void theFeedOfATornPairBelongsToTheEventBeforeIt() throws IOException {
    ServerSentEvents events =
        new ServerSentEvents(new Torn(utf8("data: 1\r\n\r\ndata: 2\r\n\r\n"), () -> 1));
    List<String> passed = new ArrayList<>();
    boolean hasMore = true;
    while (hasMore) {
      hasMore = events.read(event -> passed.add(new String(event.bytes(), StandardCharsets.UTF_8)));
    }
    assertThat(passed).containsExactly("data: 1\r\n\r", "data: 2\r\n\r");
  }

  @Test
  void aLongEventIsWholeAndATooLongOneIsRefused() throws IOException {
    String data = "x".repeat(ServerSentEvents.MAX_EVENT_BYTES - 100);
    assertThat(read("data: 1\n\ndata: " + data + "\n\ndata: 2\n\n"))
        .extracting(seen -> seen.data().length())
        .containsExactly(1, data.length(), 1);
    assertThatThrownBy(() -> read("data: " + data.repeat(3) + "\n\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("longer");
  }

  @Test
  void whatTakesEventsMayFail() {
    ServerSentEvents events =
        new ServerSentEvents(new ByteArrayInputStream(utf8("data: 1\n\ndata: 2\n\n")));
    assertThatThrownBy(
            () ->
                events.read(
                    event -> {
                      throw new IOException("as told");
                    }))
        .hasMessage("as told");
  }

  @Test
  void anEventIsWrittenAsItIsRead() throws IOException {
    String text = new String(ServerSentEvent.text("a", utf8("{\"ü\":1}")), StandardCharsets.UTF_8);
    assertThat(text).isEqualTo("event: a\ndata: {\"ü\":1}\n\n");
    assertThat(new String(ServerSentEvent.text("", utf8("1")), StandardCharsets.UTF_8))
        .isEqualTo("data: 1\n\n");
  }

  @FuzzTest(maxDuration = "60s")
  void howeverAStreamIsTornItsEventsAreTheSame(FuzzedDataProvider data) throws IOException {
    int[] sizes = data.consumeInts(16);
    byte[] stream = data.consumeRemainingAsBytes();
    int[] next = {0};
    IntSupplier most = () -> sizes.length == 0 ? 1 : sizes[next[0]++ % sizes.length] & 0xF;
    assertThat(read(stream, most)).isEqualTo(read(stream, () -> stream.length));
  }
}
