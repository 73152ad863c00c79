package io.omnirun.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What the gateway to language models adds to a fake provider on the same host, and what LiteLLM
 * adds, in turns. Ours checks keys, holds back what a call may cost and books what it cost, as in
 * production.
 */
final class LlmGateway implements Scenario {
  private static final int ROUNDS = 8;
  private static final int WARM_UP_ROUNDS = 2;
  private static final int ASKED_PER_ROUND = 250;
  private static final int STREAMS_PER_ROUND = 12;
  private static final int LOAD_SECONDS = 4;
  private static final int OPEN_STREAMS = 500;
  private static final double PROMISED_ADDED_MS = 0.5;
  private static final double PROMISED_LOADED_RATIO = 3;
  private static final double PROMISED_GAP_MS = 0.2;
  private static final double PROMISED_STREAM_KIB = 100;
  private static final List<String> MODELS =
      List.of(LlmFigures.WHOLE, LlmFigures.PACED, LlmFigures.BURST, LlmFigures.OPEN);

  @Override
  public String name() {
    return "llm-gateway";
  }

  @Override
  public void run(Report report) {
    try (LlmProvider provider = LlmProvider.start()) {
      Path directory = Files.createTempDirectory("llm-gateway");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      Path config = directory.resolve("models.yaml");
      // JSON is YAML.
      new ObjectMapper().writeValue(config.toFile(), configuration(provider));
      try (TestServer server = TestServer.start(Map.of("llm.config", config.toString()))) {
        String key = server.clientOfNewAccount(1).apiKey();
        LlmPath ours =
            new LlmPath("OmniRun", server.url().getPort(), "/llm/v1/chat/completions", key);
        beside(report, directory, provider, server, ours);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the gateways were not measured", e);
    }
  }

  private static void beside(
      Report report, Path directory, LlmProvider provider, TestServer server, LlmPath path)
      throws IOException {
    LlmFigures direct = new LlmFigures(provider.path());
    LlmFigures ours = new LlmFigures(path);
    if (!LiteLlm.isInstalled()) {
      System.out.println("LiteLLM is left out: build/litellm-install.log says why");
      measure(List.of(direct, ours));
      tell(report, direct, ours, openStreamKib(server, ours));
      return;
    }
    try (LiteLlm other = LiteLlm.start(directory, provider.port(), MODELS)) {
      LlmFigures others = new LlmFigures(other.path());
      measure(List.of(direct, ours, others));
      double ourKib = openStreamKib(server, ours);
      tell(report, direct, ours, ourKib);
      others.tell(report);
      compare(report, ours, others, ourKib, openStreamKib(other, others));
    }
  }

  private static Map<String, Object> configuration(LlmProvider provider) {
    Map<String, Object> price = Map.of("input", 0.15, "output", 0.6);
    return Map.of(
        "providers",
        Map.of(
            "fake", Map.of("kind", "openai", "url", "http://127.0.0.1:" + provider.port() + "/v1")),
        "models",
        MODELS.stream()
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    model ->
                        Map.of(
                            "routes",
                            List.of(Map.of("provider", "fake", "model", model)),
                            "price",
                            price))),
        "cap",
        Map.of("cents", 1_000_000, "period", "month"));
  }

  /** What is interleaved; the first rounds are for the JVMs, and do not count. */
  private interface Round {
    void of(LlmFigures figures) throws IOException;
  }

  private static void measure(List<LlmFigures> all) throws IOException {
    warm(all);
    rounds(all, figures -> figures.askOneByOne(ASKED_PER_ROUND));
    rounds(all, figures -> figures.stream(STREAMS_PER_ROUND));
    rounds(all, figures -> figures.load(LOAD_SECONDS));
  }

  /** All but the last see as many requests as our servers need; LiteLLM has nothing to compile. */
  private static void warm(List<LlmFigures> all) throws IOException {
    for (LlmFigures figures : all.subList(0, 2)) {
      LlmFigures unseen = new LlmFigures(figures.path);
      unseen.askOneByOne(BareApi.WARMING_REQUESTS);
    }
    for (LlmFigures figures : all) {
      LlmFigures unseen = new LlmFigures(figures.path);
      unseen.askOneByOne(ASKED_PER_ROUND);
      unseen.stream(STREAMS_PER_ROUND);
    }
  }

  private static void rounds(List<LlmFigures> all, Round round) throws IOException {
    for (int i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
      for (LlmFigures figures : all) {
        round.of(i < 0 ? new LlmFigures(figures.path) : figures);
      }
    }
  }

  /** Memory of our server for an open stream: the worse of its heap and its resident memory. */
  private static double openStreamKib(TestServer server, LlmFigures ours) throws IOException {
    List<LlmConnection> open = new ArrayList<>(ours.open(1));
    double residentBefore = server.residentMebibytesAfterCollection();
    long liveBefore = server.liveHeapBytes();
    open.addAll(ours.open(OPEN_STREAMS));
    double liveKib = (server.liveHeapBytes() - liveBefore) / 1024.0 / OPEN_STREAMS;
    double residentKib =
        (server.residentMebibytesAfterCollection() - residentBefore) * 1024 / OPEN_STREAMS;
    System.out.printf("an open stream: heap %.1f KiB, RSS %.1f KiB%n", liveKib, residentKib);
    close(open);
    return Math.max(liveKib, residentKib);
  }

  private static double openStreamKib(LiteLlm other, LlmFigures others) throws IOException {
    List<LlmConnection> open = new ArrayList<>(others.open(1));
    double before = other.residentMebibytes();
    open.addAll(others.open(OPEN_STREAMS));
    double kib = (other.residentMebibytes() - before) * 1024 / OPEN_STREAMS;
    close(open);
    return kib;
  }

  private static void close(List<LlmConnection> connections) throws IOException {
    for (LlmConnection connection : connections) {
      connection.close();
    }
  }

  private static void tell(Report report, LlmFigures direct, LlmFigures ours, double streamKib) {
    direct.tell(report);
    ours.tell(report);
    added(report, "the gateway adds p50 < 0.5 ms to an answer", direct, ours, all -> all.whole);
    double ratio = ours.loaded.percentile(99) / direct.loaded.percentile(99);
    report.verdict(
        "500 answers a second: p99 ≤ 3 × the direct p99",
        "%.2f ×".formatted(ratio),
        ratio <= PROMISED_LOADED_RATIO);
    added(
        report,
        "the gateway adds p50 < 0.5 ms to the time to the first word",
        direct,
        ours,
        all -> all.firstWord);
    double gap = ours.gaps.percentile(50) - direct.gaps.percentile(50);
    double atOnce = ours.burst.percentile(50) - direct.burst.percentile(50);
    report.verdict(
        "the gateway adds < 0.2 ms to the gap between chunks",
        "%.3f ms to gaps of 5 ms, %.3f ms to chunks sent at once".formatted(gap, atOnce),
        Math.max(gap, atOnce) < PROMISED_GAP_MS);
    report.verdict(
        "an open stream costs ≤ 100 KB of server memory (500 open)",
        "%.1f KiB".formatted(streamKib),
        streamKib <= PROMISED_STREAM_KIB);
  }

  private static void added(
      Report report,
      String promise,
      LlmFigures direct,
      LlmFigures ours,
      Function<LlmFigures, Samples> what) {
    double added = what.apply(ours).percentile(50) - what.apply(direct).percentile(50);
    report.verdict(promise, "%.3f ms".formatted(added), added < PROMISED_ADDED_MS);
  }

  private static void compare(
      Report report, LlmFigures ours, LlmFigures others, double ourKib, double othersKib) {
    better(report, "an answer, p50", ours, others, all -> all.whole.percentile(50));
    better(report, "an answer, p99", ours, others, all -> all.whole.percentile(99));
    better(report, "500 a second, p50", ours, others, all -> all.loaded.percentile(50));
    better(report, "500 a second, p99", ours, others, all -> all.loaded.percentile(99));
    better(report, "first word, p50", ours, others, all -> all.firstWord.percentile(50));
    better(report, "gap, p50", ours, others, all -> all.gaps.percentile(50));
    better(report, "gap, p99", ours, others, all -> all.gaps.percentile(99));
    better(report, "a chunk sent at once, p50", ours, others, all -> all.burst.percentile(50));
    report.verdict(
        "better than LiteLLM: memory of an open stream",
        "%.1f KiB against %.1f KiB".formatted(ourKib, othersKib),
        ourKib < othersKib);
  }

  private static void better(
      Report report,
      String what,
      LlmFigures ours,
      LlmFigures others,
      ToDoubleFunction<LlmFigures> figure) {
    double our = figure.applyAsDouble(ours);
    double other = figure.applyAsDouble(others);
    report.verdict(
        "better than LiteLLM: " + what,
        "%.3f ms against %.3f ms".formatted(our, other),
        our < other);
  }
}
