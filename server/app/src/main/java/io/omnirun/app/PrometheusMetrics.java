package io.omnirun.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.omnirun.core.MachinePool;
import io.omnirun.core.ports.LlmTelemetry;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.http.RequestObserver;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What this server does, in Prometheus's text format. Labels are names of templates, states, error
 * codes, routes and statuses: a closed set, whatever callers send. Thread-safe.
 */
final class PrometheusMetrics implements Telemetry, LlmTelemetry, RequestObserver, AutoCloseable {
  /** From a pooled create on a fast host to a cold one on a slow one. */
  private static final Duration[] CREATE_BUCKETS =
      millis(25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000);

  /** From {@code true} under KVM to a build. */
  private static final Duration[] COMMAND_BUCKETS =
      millis(5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000, 60_000, 600_000);

  /** From a local model to one that thinks first. */
  private static final Duration[] FIRST_BYTE_BUCKETS =
      millis(50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private static final double PICODOLLARS = 1e12;

  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Timer commands =
      Timer.builder("omnirun.command.duration")
          .description("Commands that somebody waited for, to their end")
          .serviceLevelObjectives(COMMAND_BUCKETS)
          .register(registry);
  private final MultiGauge states =
      MultiGauge.builder("omnirun.sandboxes")
          .description("Sandboxes of this node that have not ended, by state")
          .register(registry);
  private final MultiGauge ready =
      MultiGauge.builder("omnirun.pool.ready")
          .description("Clones that can be had at once")
          .register(registry);
  private final MultiGauge targets =
      MultiGauge.builder("omnirun.pool.target")
          .description("Clones that are to be ready")
          .register(registry);

  PrometheusMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /** Shown from now on. */
  void machinesRunOn(MachinePlatform platform) {
    Gauge.builder("omnirun.machine.platform", () -> 1)
        .description("What machines of this node run on, in labels; always 1")
        .tag("vmm", platform.kind().vmm().text())
        .tag("version", platform.vmmVersion())
        .tag("accelerator", platform.kind().accelerator().text())
        .register(registry);
  }

  private static Duration[] millis(long... each) {
    return Arrays.stream(each).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
  }

  @Override
  public void sandboxCreated(String template, Duration took) {
    Timer.builder("omnirun.sandbox.create.duration")
        .description("Creates that succeeded, to the running sandbox")
        .tag("template", template)
        .serviceLevelObjectives(CREATE_BUCKETS)
        .register(registry)
        .record(took);
  }

  @Override
  public void createFailed(String template, ErrorCode code) {
    registry
        .counter("omnirun.sandbox.create.failures", "template", template, "code", code.slug())
        .increment();
  }

  @Override
  public void commandEnded(Duration took) {
    commands.record(took);
  }

  @Override
  public void egress(EgressEvent.Kind kind, EgressEvent.Outcome outcome, long count) {
    registry
        .counter("omnirun.egress", "kind", spelled(kind), "verdict", spelled(outcome))
        .increment(count);
  }

  @Override
  public void ended(LlmTelemetry.Call call) {
    Tags tags =
        Tags.of("model", call.model().orElse("none"), "provider", call.provider().orElse("none"));
    registry.counter("omnirun.llm.calls", tags.and("outcome", spelled(call.outcome()))).increment();
    call.toFirstByte()
        .ifPresent(
            took ->
                Timer.builder("omnirun.llm.first.byte")
                    .description("Calls of language models, to the first byte of the answer")
                    .tags(tags)
                    .serviceLevelObjectives(FIRST_BYTE_BUCKETS)
                    .register(registry)
                    .record(took));
    count("omnirun.llm.prompt.tokens", tags, call.usage().promptTokens());
    count("omnirun.llm.completion.tokens", tags, call.usage().completionTokens());
    count("omnirun.llm.cost.dollars", tags, call.costPicodollars() / PICODOLLARS);
  }

  private void count(String name, Tags tags, double amount) {
    if (amount > 0) {
      registry.counter(name, tags).increment(amount);
    }
  }

  private static String spelled(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void answered(String method, String route, int status) {
    registry
        .counter(
            "omnirun.http.requests",
            "method",
            method,
            "route",
            route,
            "status",
            Integer.toString(status))
        .increment();
  }

  /** Everything as it is now, in the text format. Blocks for the database. */
  String scrape(SandboxStore sandboxes, MachinePool pool) {
    states.register(stateRows(sandboxes.listUnfinished()), true);
    List<MachinePool.Stock> stock = pool.stock();
    ready.register(stock.stream().map(s -> row(tags(s), s.ready())).toList(), true);
    targets.register(stock.stream().map(s -> row(tags(s), s.target())).toList(), true);
    return text();
  }

  /** What has been counted by now. */
  String text() {
    return registry.scrape();
  }

  private static List<MultiGauge.Row<?>> stateRows(List<Sandbox> unfinished) {
    Map<SandboxState, Long> counts =
        unfinished.stream().collect(Collectors.groupingBy(Sandbox::state, Collectors.counting()));
    return Arrays.stream(SandboxState.values())
        .filter(state -> !state.isFinal())
        .<MultiGauge.Row<?>>map(
            state -> row(Tags.of("state", state.text()), counts.getOrDefault(state, 0L)))
        .toList();
  }

  private static Tags tags(MachinePool.Stock stock) {
    return Tags.of(
        "template",
        stock.template(),
        "size",
        stock.size().vcpus() + "x" + stock.size().memoryMib());
  }

  private static MultiGauge.Row<?> row(Tags tags, Number value) {
    return MultiGauge.Row.of(tags, value);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
