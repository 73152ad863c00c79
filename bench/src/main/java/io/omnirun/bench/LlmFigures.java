package io.omnirun.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What is measured on one way to the provider. Durations are in milliseconds. */
final class LlmFigures {
  static final String WHOLE = "words-20";
  static final String PACED = "words-40+gap-5";
  static final String BURST = "words-500";
  static final String OPEN = "stall";

  private static final int PER_SECOND = 500;
  private static final double NANOS_PER_MILLI = 1e6;

  /** Chunks before the first word: the one with the role. */
  private static final int FIRST_WORD = 1;

  final LlmPath path;
  final Samples whole = new Samples();
  final Samples loaded = new Samples();
  final Samples firstWord = new Samples();
  final Samples gaps = new Samples();
  final Samples burst = new Samples();
  LlmMemory memory = LlmMemory.UNKNOWN;

  LlmFigures(LlmPath path) {
    this.path = path;
  }

  /** Answers that are not streamed, one after the other. */
  void askOneByOne(int count) throws IOException {
    byte[] request = path.request(WHOLE, false);
    try (LlmConnection connection = new LlmConnection(path)) {
      for (int i = 0; i < count; i++) {
        long start = System.nanoTime();
        connection.ask(request);
        whole.add((System.nanoTime() - start) / NANOS_PER_MILLI);
      }
    }
  }

  /** Streams without pauses, one after the other. */
  void streamOneByOne(int count) throws IOException {
    byte[] request = path.request(WHOLE, true);
    try (LlmConnection connection = new LlmConnection(path)) {
      for (int i = 0; i < count; i++) {
        long start = System.nanoTime();
        long[] arrivals = connection.stream(request);
        firstWord.add((arrivals[FIRST_WORD] - start) / NANOS_PER_MILLI);
      }
    }
  }

  /** Streams whose chunks come with pauses, and streams whose many chunks come at once. */
  void streamChunks(int count) throws IOException {
    byte[] paced = path.request(PACED, true);
    byte[] atOnce = path.request(BURST, true);
    try (LlmConnection connection = new LlmConnection(path)) {
      for (int i = 0; i < count; i++) {
        long[] arrivals = connection.stream(paced);
        for (int event = 1; event < arrivals.length; event++) {
          gaps.add((arrivals[event] - arrivals[event - 1]) / NANOS_PER_MILLI);
        }
        long[] together = connection.stream(atOnce);
        long took = together[together.length - 1] - together[0];
        burst.add(took / NANOS_PER_MILLI / (together.length - 1));
      }
    }
  }

  /** Answers that are not streamed, at 500 a second. */
  void load(int seconds) throws IOException {
    LlmLoad.run(path, path.request(WHOLE, false), PER_SECOND, PER_SECOND * seconds, loaded);
  }

  /** Opens streams in which nothing more comes; the caller closes them. */
  List<LlmConnection> open(int count) throws IOException {
    byte[] request = path.request(OPEN, true);
    List<LlmConnection> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      LlmConnection connection = new LlmConnection(path);
      opened.add(connection);
      connection.send(request);
      connection.awaitFirstEvent();
    }
    return opened;
  }

  void tell(Report report) {
    report.figure("one answer at a time, " + path.name(), spelt(whole));
    report.figure("500 answers a second, " + path.name(), spelt(loaded));
    report.figure("time to the first word of a stream, " + path.name(), spelt(firstWord));
    report.figure("gap between chunks sent every 5 ms, " + path.name(), spelt(gaps));
    report.figure("time for a chunk of 500 sent at once, " + path.name(), spelt(burst));
  }

  private static String spelt(Samples samples) {
    return "p50 %.3f ms, p99 %.3f ms (n = %d)"
        .formatted(samples.percentile(50), samples.percentile(99), samples.count());
  }
}
