package io.omnirun.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;

/**
 * The interpreter of new sandboxes, on its port and by a clock in the guest: a context with its
 * first execution, and a plot against the same script run by {@code python3} beside it.
 */
final class Interpreter implements Scenario {
  private static final int ROUNDS = 5;
  private static final double PROMISED_START_MS = 2_000;
  private static final double PROMISED_FIRST_TO_SECOND = 2;
  private static final double PROMISED_PLOT_TO_SCRIPT = 0.5;

  @Override
  public String name() {
    return "interpreter";
  }

  @Override
  public void run(Report report) {
    Samples start = new Samples();
    Samples first = new Samples();
    Samples second = new Samples();
    Samples plot = new Samples();
    Samples script = new Samples();
    try (TestServer server =
        TestServer.start(Map.of("templates.enabled", "playground", "pool", "*=0"))) {
      ApiClient client = server.clientOfNewAccount(10);
      for (int i = 0; i < ROUNDS; i++) {
        String id = client.createSandbox(Map.of("template", "playground"));
        client.writeFile(id, "/root/interpreter.py", resource("interpreter.py"));
        client.writeFile(id, "/root/plot.py", resource("plot.py"));
        double[] took =
            Arrays.stream(client.output(id, "python3 /root/interpreter.py").split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        start.add(took[0] + took[1]);
        first.add(took[1]);
        second.add(took[2]);
        plot.add(took[3]);
        script.time(() -> client.output(id, "MPLBACKEND=agg python3 /root/plot.py"));
        client.delete("/sandboxes/" + id).expect(204);
      }
    }
    tell(report, start, first, second, plot, script);
  }

  private static void tell(
      Report report, Samples start, Samples first, Samples second, Samples plot, Samples script) {
    report.durations("a context and the first `1+1` in a new sandbox", start);
    report.durations("the first `1+1` alone", first);
    report.durations("the second `1+1`", second);
    report.durations("a plot in a warm context", plot);
    report.durations("the same script run by `python3`", script);
    report.verdict(
        "a context and the first `1+1` in ≤ 2 s",
        "%.0f ms".formatted(start.percentile(50)),
        start.percentile(50) <= PROMISED_START_MS);
    double ratio = first.percentile(50) / second.percentile(50);
    report.verdict(
        "the first execution ≤ 2 × the second",
        "%.2f ×".formatted(ratio),
        ratio <= PROMISED_FIRST_TO_SECOND);
    double plots = plot.percentile(50) / script.percentile(50);
    report.verdict(
        "a plot ≤ 0.5 × the same script by `python3`",
        "%.2f ×".formatted(plots),
        plots <= PROMISED_PLOT_TO_SCRIPT);
  }

  private static String resource(String name) {
    try (var resource = Interpreter.class.getResourceAsStream(name)) {
      return new String(requireNonNull(resource).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
