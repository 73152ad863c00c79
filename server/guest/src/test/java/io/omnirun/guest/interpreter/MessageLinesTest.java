package io.omnirun.guest.interpreter;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MessageLinesTest {
  private static final long PLENTY = 1L << 40;
  private final MessageMemory memory = new MessageMemory(PLENTY);

  private MessageLines lines(String text) {
    return new MessageLines(new ByteArrayInputStream(text.getBytes(US_ASCII)), memory);
  }

  private static String next(MessageLines lines) throws IOException {
    return lines
        .next()
        .map(
            line ->
                line.omission()
                    .orElseGet(() -> new String(line.bytes(), 0, line.length(), US_ASCII)))
        .orElse("over");
  }

  @Test
  void linesAreCutWhereTheyEnd() throws IOException {
    MessageLines lines = lines("a\n\nbc\n");
    assertThat(next(lines)).isEqualTo("a");
    assertThat(next(lines)).isEmpty();
    assertThat(next(lines)).isEqualTo("bc");
    assertThat(next(lines)).isEqualTo("over");
  }

  @Test
  void halfALineIsNone() throws IOException {
    MessageLines lines = lines("a\nb");
    assertThat(next(lines)).isEqualTo("a");
    assertThatThrownBy(lines::next).isInstanceOf(EOFException.class);
  }

  @Test
  void memoryIsHeldFromALongLineToTheNext() throws IOException {
    String large = "x".repeat(1_000_000);
    try (MessageLines lines = lines(large + "\ny\n")) {
      assertThat(next(lines)).isEqualTo(large);
      assertThat(memory.free()).isLessThanOrEqualTo(PLENTY - 4L * 1_000_000);
      assertThat(next(lines)).isEqualTo("y");
      assertThat(memory.free()).isEqualTo(PLENTY);
    }
  }

  @Test
  void closingGivesTheMemoryBackOnce() throws IOException {
    MessageLines lines = lines("x".repeat(1_000_000) + "\n");
    next(lines);
    lines.close();
    lines.close();
    assertThat(memory.free()).isEqualTo(PLENTY);
  }

  @Test
  void aLineThatIsTooLongIsReadOverAndNotKept() throws IOException {
    String longest = "x".repeat(MessageLines.MAX_LINE_BYTES);
    MessageLines lines = lines(longest + "\n" + longest + "y\nz\n");
    assertThat(next(lines)).isEqualTo(longest);
    assertThat(next(lines)).isEqualTo("it has more than 8,388,608 bytes");
    assertThat(memory.free()).isEqualTo(PLENTY);
    assertThat(next(lines)).isEqualTo("z");
  }

  @Test
  void aLineThatThereIsNoMemoryForIsLeftOutAndShortOnesAreNot() throws IOException {
    MessageMemory little = new MessageMemory(100_000);
    InputStream text = new ByteArrayInputStream(("x".repeat(50_000) + "\ny\n").getBytes(US_ASCII));
    MessageLines lines = new MessageLines(text, little);
    assertThat(next(lines)).isEqualTo("the server has no memory for it now");
    assertThat(little.free()).isEqualTo(100_000);
    assertThat(next(lines)).isEqualTo("y");
  }

  @Test
  void theBeginningOfALineThatIsLeftOutIsKept() throws IOException {
    MessageLines lines = lines("ab" + "x".repeat(9_000_000) + "\ny\n");
    MessageLines.Line tooLong = lines.next().orElseThrow();
    assertThat(new String(tooLong.bytes(), 0, tooLong.length(), US_ASCII))
        .startsWith("abx")
        .hasSize(4_096);
    MessageLines starved =
        new MessageLines(
            new ByteArrayInputStream(("cd" + "x".repeat(9_000) + "\n").getBytes(US_ASCII)),
            new MessageMemory(0));
    MessageLines.Line unaffordable = starved.next().orElseThrow();
    assertThat(unaffordable.omission()).isPresent();
    assertThat(new String(unaffordable.bytes(), 0, unaffordable.length(), US_ASCII))
        .startsWith("cdx")
        .hasSize(4_096);
  }

  @Test
  void aLineWithoutEndTakesNoMemory() throws IOException {
    byte[] megabyte = new byte[1024 * 1024];
    List<ByteArrayInputStream> hundred =
        IntStream.range(0, 100).mapToObj(i -> new ByteArrayInputStream(megabyte)).toList();
    MessageLines lines =
        new MessageLines(new SequenceInputStream(Collections.enumeration(hundred)), memory);
    assertThatThrownBy(lines::next).isInstanceOf(EOFException.class);
    assertThat(memory.free()).isEqualTo(PLENTY);
  }
}
