package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class OutputMemoryTest {
  private static final int LIMIT = 64 * 1024;
  private static final int MAX_BYTES = 16 * 1024;

  private final OutputMemory memory = new OutputMemory(LIMIT);

  /** An output that has been given so many bytes, in one piece. */
  private TailBuffer output(int bytes) {
    TailBuffer output = memory.open(MAX_BYTES);
    output.append(ByteString.copyFromUtf8("x".repeat(bytes)));
    return output;
  }

  private static String text(TailBuffer.Tail tail) {
    return tail.bytes().toStringUtf8();
  }

  @Test
  void whatFitsIsKept() {
    TailBuffer first = output(MAX_BYTES);
    TailBuffer second = output(1);
    second.append(ByteString.copyFromUtf8("yz"));

    assertThat(first.take().bytes().size()).isEqualTo(MAX_BYTES);
    TailBuffer.Tail tail = second.take();
    assertThat(text(tail)).isEqualTo("xyz");
    assertThat(tail.truncated()).isFalse();
  }

  @Test
  void anOutputCostsWhatItHoldsAndGivesItBack() {
    TailBuffer small = output(10);
    assertThat(memory.used()).isEqualTo(4096);
    TailBuffer large = output(MAX_BYTES);
    assertThat(memory.used()).isEqualTo(4096 + MAX_BYTES);

    large.take();
    small.close();
    small.close();
    assertThat(memory.used()).isZero();
  }

  @Test
  void theLargestGiveWayToOneThatHasNothing() {
    List<TailBuffer> large = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      large.add(output(MAX_BYTES));
    }
    assertThat(memory.used()).isEqualTo(LIMIT);
    TailBuffer.Tail small = output(10).take();

    assertThat(small.bytes().size()).isEqualTo(10);
    assertThat(small.truncated()).isFalse();
    List<TailBuffer.Tail> tails = large.stream().map(TailBuffer::take).toList();
    assertThat(tails).filteredOn(TailBuffer.Tail::truncated).hasSize(1);
    assertThat(tails)
        .extracting(tail -> tail.bytes().size())
        .containsExactlyInAnyOrder(MAX_BYTES / 2, MAX_BYTES, MAX_BYTES, MAX_BYTES);
  }

  @Test
  void whenThereIsNoMoreTheOldestBytesAreLostAndThatIsSaid() {
    for (int i = 0; i < 8; i++) {
      output(MAX_BYTES);
    }
    TailBuffer late = output(MAX_BYTES);
    late.append(ByteString.copyFromUtf8("the end"));

    TailBuffer.Tail tail = late.take();
    assertThat(tail.truncated()).isTrue();
    assertThat(text(tail)).hasSizeGreaterThanOrEqualTo(LIMIT / 16).endsWith("xthe end");
  }

  @Test
  void eachOfVeryManyOutputsGetsItsShare() {
    int count = 1_000;
    List<TailBuffer> outputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      outputs.add(output(MAX_BYTES));
      assertThat(memory.used()).isLessThanOrEqualTo(LIMIT);
    }

    int smallest = outputs.stream().mapToInt(TailBuffer::capacity).min().orElseThrow();
    assertThat(smallest).isGreaterThanOrEqualTo(LIMIT / count / 2);
  }

  @Test
  void commandsThatPrintAtTheSameTimeKeepTheirBytesApart() throws Exception {
    try (ExecutorService commands = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> results = new ArrayList<>();
      for (int seed = 0; seed < 50; seed++) {
        Random random = new Random(seed);
        results.add(commands.submit(() -> printAndCheck(random)));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
    assertThat(memory.used()).isZero();
  }

  private void printAndCheck(Random random) {
    StringBuilder printed = new StringBuilder();
    try (TailBuffer output = memory.open(MAX_BYTES)) {
      for (int i = 0; i < 200; i++) {
        String piece = Integer.toString(random.nextInt()).repeat(random.nextInt(40));
        printed.append(piece);
        output.append(ByteString.copyFromUtf8(piece));
        assertThat(memory.used()).isLessThanOrEqualTo(LIMIT);
      }
      TailBuffer.Tail tail = output.take();
      assertThat(printed.toString()).endsWith(text(tail));
      assertThat(tail.truncated()).isEqualTo(tail.bytes().size() < printed.length());
    }
  }
}
