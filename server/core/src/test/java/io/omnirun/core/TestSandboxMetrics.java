package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestSandboxMetrics {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final Node node = new Node(10);

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void sandboxThatNobodyAsksForIsNotMeasured() {
    Sandbox sandbox = node.useCases.sandboxes().create(node.owner, Node.request());
    assertThat(machine(sandbox).measurements).hasValue(0);
    assertThat(node.useCases.metrics().watchedCount()).isZero();
  }

  @Test
  void firstQuestionIsAnsweredWithASampleAndManyAtOnceShareIt() {
    Sandbox sandbox = node.useCases.sandboxes().create(node.owner, Node.request());
    for (int i = 0; i < 20; i++) {
      assertThat(node.useCases.metrics().list(node.owner, sandbox.id())).isNotEmpty();
    }
    assertThat(machine(sandbox).measurements.get()).isBetween(1, 19);
  }

  @Test
  void strangerSeesNoSamples() {
    Sandbox sandbox = node.useCases.sandboxes().create(node.owner, Node.request());
    node.useCases.metrics().list(node.owner, sandbox.id());
    assertThatThrownBy(() -> node.useCases.metrics().list(node.stranger, sandbox.id()))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SANDBOX_NOT_FOUND));
  }

  @Test
  void watchedSandboxIsMeasuredOnAndForgottenWhenItEnds() {
    LiveSandboxes live = new LiveSandboxes();
    try (Deadlines timers = new Deadlines(Clock.systemUTC())) {
      SandboxMetrics metrics =
          new SandboxMetrics(
              new SandboxLookup(node.store, live),
              live,
              GuestNetwork.none("none here"),
              timers,
              Clock.systemUTC(),
              Duration.ofMillis(5));
      Sandbox sandbox = node.useCases.sandboxes().create(node.owner, Node.request());
      live.add(sandbox, machine(sandbox));
      metrics.list(node.owner, sandbox.id());
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> metrics.list(node.owner, sandbox.id()).size() >= 3);
      live.forget(sandbox.id(), machine(sandbox));
      Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> metrics.watchedCount() == 0);
    }
  }

  @Test
  void samplesOfLongAgoAreDroppedAndAttentionEnds() {
    FakeMachine machine = new FakeMachine(MachineId.random());
    SettableClock clock = new SettableClock(NOON);
    MetricSeries series =
        new MetricSeries(clock, Duration.ofMinutes(10), () -> EgressCounters.NONE);
    series.ask(machine);
    assertThat(series.ask(machine)).extracting(MetricSample::at).containsExactly(NOON);
    clock.now = NOON.plusSeconds(600);
    assertThat(series.isWatched(clock.now)).isFalse();
    assertThat(series.ask(machine)).hasSize(2);
    assertThat(series.isWatched(clock.now)).isTrue();
    clock.now = NOON.plusSeconds(610);
    assertThat(series.ask(machine))
        .extracting(MetricSample::at)
        .containsExactly(NOON.plusSeconds(600), NOON.plusSeconds(610));
  }

  @Test
  void whoeverAsksWhileTheGuestHangsSharesTheOneAttempt() throws Exception {
    FakeMachine machine = new FakeMachine(MachineId.random());
    MetricSeries series =
        new MetricSeries(Clock.systemUTC(), Duration.ofMinutes(10), () -> EgressCounters.NONE);
    CountDownLatch given = new CountDownLatch(1);
    machine.onMeasure = () -> hang(given);
    Queue<ErrorCode> failures = new ConcurrentLinkedQueue<>();
    List<Thread> callers =
        Stream.generate(() -> Thread.startVirtualThread(() -> ask(series, machine, failures)))
            .limit(20)
            .toList();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () -> callers.stream().allMatch(caller -> caller.getState() == Thread.State.WAITING));
    assertThat(series.isWatched(Instant.now())).as("without waiting").isTrue();
    given.countDown();
    for (Thread caller : callers) {
      assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
    }
    assertThat(failures).hasSize(20).containsOnly(ErrorCode.GUEST_UNREACHABLE);
    assertThat(machine.measurements).hasValue(1);
    machine.onMeasure = () -> {};
    assertThat(series.ask(machine)).hasSize(1);
  }

  private static void hang(CountDownLatch given) {
    try {
      given.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "as told");
  }

  private static void ask(MetricSeries series, FakeMachine machine, Queue<ErrorCode> failures) {
    try {
      series.ask(machine);
    } catch (OmniRunException e) {
      failures.add(e.code());
    }
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private static final class SettableClock extends Clock {
    private Instant now;

    SettableClock(Instant now) {
      this.now = now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
