package io.omnirun.bench;

import io.omnirun.testkit.llm.ModelsFile;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the gateway to language models adds to a fake provider on the same host, and what LiteLLM
 * adds, in turns. Ours checks keys, holds back what a call may cost and books what it cost, as in
 * production.
 */
final class LlmGateway implements Scenario {
  private static final int ROUNDS = 6;
  private static final int WARM_UP_ROUNDS = 1;
  private static final int ASKED_PER_ROUND = 250;
  private static final int STREAMS_PER_ROUND = 8;
  private static final int LOAD_SECONDS = 6;

  private static final int WARM_UP_LOAD_SECONDS = 60;

  /** After each piece of load the server's compiler is asked whether it has become quiet. */
  private static final int WARMING_PIECE_SECONDS = 30;

  /** A server that runs for weeks compiles nothing any more; this one a hundredth of the time. */
  private static final double QUIET_COMPILER_SECONDS = 0.3;

  /** Ten minutes: what is still compiled then is part of the figure. */
  private static final int MAX_WARMING_PIECES = 20;

  private static final int OPEN_STREAMS = 500;
  private static final double KIBI = 1024;
  private static final List<String> MODELS =
      List.of(LlmFigures.WHOLE, LlmFigures.PACED, LlmFigures.BURST, LlmFigures.OPEN);

  @Override
  public String name() {
    return "llm-gateway";
  }

  @Override
  public void run(Report report) {
    try (LlmProvider provider = LlmProvider.start()) {
      URI upstream = URI.create("http://127.0.0.1:" + provider.port() + "/v1");
      try (ModelsFile models = ModelsFile.write(upstream, MODELS);
          TestServer server = TestServer.start(Map.of("llm.config", models.path().toString()))) {
        String key = server.clientOfNewAccount(1).apiKey();
        int port = server.url().getPort();
        LlmPath ours = new LlmPath("OmniRun", port, "/llm/v1/chat/completions", key);
        beside(report, provider, server, ours);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the gateways were not measured", e);
    }
  }

  private static void beside(Report report, LlmProvider provider, TestServer server, LlmPath path)
      throws IOException {
    LlmFigures direct = new LlmFigures(provider.path());
    LlmFigures ours = new LlmFigures(path);
    if (!LiteLlm.isInstalled()) {
      System.out.println("LiteLLM is left out: build/litellm-install.log says why");
      warm(List.of(direct, ours));
      warmUntilCompiled(report, server, path);
      ours.memory = openStreams(server, ours);
      measure(List.of(direct, ours));
      LlmBars.tell(report, direct, ours);
      return;
    }
    try (LiteLlm other = LiteLlm.start(provider.port(), MODELS)) {
      LlmFigures others = new LlmFigures(other.path());
      List<LlmFigures> all = List.of(direct, ours, others);
      warm(all);
      warmUntilCompiled(report, server, path);
      ours.memory = openStreams(server, ours);
      others.memory = openStreams(other, others);
      measure(all);
      LlmBars.tell(report, direct, ours);
      others.tell(report);
      LlmBars.compare(report, ours, others);
    }
  }

  /** What is interleaved; the first rounds are for the JVMs, and do not count. */
  private interface Round {
    void of(LlmFigures figures) throws IOException;
  }

  private static void measure(List<LlmFigures> all) throws IOException {
    rounds(all, figures -> figures.askOneByOne(ASKED_PER_ROUND));
    rounds(all, figures -> figures.streamOneByOne(ASKED_PER_ROUND));
    rounds(all, figures -> figures.streamChunks(STREAMS_PER_ROUND));
    rounds(all, figures -> figures.load(LOAD_SECONDS));
  }

  /** The JVMs see as many requests as they need; LiteLLM has nothing to compile. */
  private static void warm(List<LlmFigures> all) throws IOException {
    for (LlmFigures figures : all) {
      boolean isJvm = !figures.path.name().equals(LiteLlm.NAME);
      LlmFigures unseen = new LlmFigures(figures.path);
      unseen.askOneByOne(isJvm ? BareApi.WARMING_REQUESTS : ASKED_PER_ROUND);
      unseen.streamOneByOne(isJvm ? BareApi.WARMING_REQUESTS : ASKED_PER_ROUND);
      if (isJvm) {
        unseen.load(WARM_UP_LOAD_SECONDS);
      }
    }
  }

  /** Two quiet pieces in a row: what compiles is a queue, and can be empty for a moment. */
  private static void warmUntilCompiled(Report report, TestServer server, LlmPath path)
      throws IOException {
    int quiet = 0;
    int pieces = 0;
    while (quiet < 2 && pieces < MAX_WARMING_PIECES) {
      double before = server.compilerSeconds();
      LlmFigures unseen = new LlmFigures(path);
      unseen.load(WARMING_PIECE_SECONDS);
      double compiled = server.compilerSeconds() - before;
      quiet = compiled < QUIET_COMPILER_SECONDS ? quiet + 1 : 0;
      pieces++;
      report.figure(
          "500 answers a second for %d s more".formatted(WARMING_PIECE_SECONDS),
          "p99 %.3f ms, %.1f s of compiling".formatted(unseen.loaded.percentile(99), compiled));
    }
  }

  private static void rounds(List<LlmFigures> all, Round round) throws IOException {
    for (int i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
      for (LlmFigures figures : all) {
        round.of(i < 0 ? new LlmFigures(figures.path) : figures);
      }
    }
  }

  private static LlmMemory openStreams(TestServer server, LlmFigures ours) throws IOException {
    List<LlmConnection> open = new ArrayList<>(ours.open(1));
    double residentBefore = server.residentMebibytesAfterCollection();
    long liveBefore = server.liveHeapBytes();
    open.addAll(ours.open(OPEN_STREAMS));
    double liveKib = (server.liveHeapBytes() - liveBefore) / KIBI / OPEN_STREAMS;
    double residentKib =
        (server.residentMebibytesAfterCollection() - residentBefore) * KIBI / OPEN_STREAMS;
    close(open);
    return new LlmMemory(residentKib, liveKib);
  }

  private static LlmMemory openStreams(LiteLlm other, LlmFigures others) throws IOException {
    List<LlmConnection> open = new ArrayList<>(others.open(1));
    double before = other.residentMebibytes();
    open.addAll(others.open(OPEN_STREAMS));
    double kib = (other.residentMebibytes() - before) * KIBI / OPEN_STREAMS;
    close(open);
    return new LlmMemory(kib, 0);
  }

  private static void close(List<LlmConnection> connections) throws IOException {
    for (LlmConnection connection : connections) {
      connection.close();
    }
  }
}
