package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.Exposures.NewExposure;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.ExposureStatus;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import io.omnirun.model.Visibility;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestExposures {
  private static final int PORT = 3_000;

  private final TickingClock clock = new TickingClock();
  private final Node node = new Node(10, Duration.ZERO, clock);
  private final Exposures exposures = node.useCases.exposures();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void exposureIsPendingUntilSomethingListensAndThatIsToldOnce() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Exposure exposure = expose(sandbox);
    assertThat(exposure.status()).isEqualTo(ExposureStatus.PENDING);
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.PENDING);
    machine(sandbox).listening = port -> port == PORT;
    Awaitility.await().until(() -> node.exposures.readyEvents.get() == 1);
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.READY);
    int dials = machine(sandbox).dials.get();
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.READY);
    assertThat(machine(sandbox).dials).as("nobody asks about what is known").hasValue(dials);
    assertThat(node.exposures.readyEvents).hasValue(1);
  }

  @Test
  void questionLooksAtOnce() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    machine(sandbox).listening = port -> port == PORT;
    Exposure exposure = expose(sandbox);
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.READY);
    assertThat(node.exposures.readyEvents).hasValue(1);
  }

  @Test
  void guestThatDoesNotAnswerLeavesItPending() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    machine(sandbox).listening =
        port -> {
          throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "as told");
        };
    assertThat(show(expose(sandbox)).status()).isEqualTo(ExposureStatus.PENDING);
  }

  @Test
  void databaseThatFailsIsToldAgain() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    node.exposures.marks.refusals.set(1);
    machine(sandbox).listening = port -> true;
    Exposure exposure = expose(sandbox);
    Awaitility.await().until(() -> node.exposures.readyEvents.get() == 1);
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.READY);
  }

  @Test
  void pauseBeyondTheDeadlineStopsNothingAndAfterTheResumeItGetsReady() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Exposure exposure = expose(sandbox);
    node.useCases.pauses().pause(node.owner, sandbox.id());
    clock.advance(Duration.ofHours(1));
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.PENDING);
    assertRefused(ErrorCode.SANDBOX_PAUSED, () -> expose(sandbox));
    node.useCases.pauses().resume(node.owner, sandbox.id());
    assertThat(show(exposure).expiresAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(5)));
    machine(node.store.row(sandbox.id())).listening = port -> true;
    Awaitility.await().until(() -> node.exposures.readyEvents.get() == 1);
  }

  @Test
  void deadlineThatPausesTheSandboxIsNoEndOfItsExposures() {
    Sandbox sandbox =
        node.useCases
            .sandboxes()
            .create(
                node.owner,
                new CreateRequest(
                    "base",
                    Optional.of(Duration.ofSeconds(1)),
                    0,
                    0,
                    0,
                    Map.of(),
                    Map.of(),
                    true,
                    false,
                    Optional.empty(),
                    false,
                    NetworkPolicy.AIR_GAP,
                    Optional.empty()));
    Exposure exposure = expose(sandbox);
    Instant end = clock.instant().plus(Exposures.MAX_LIFETIME);
    assertThat(exposure.expiresAt()).isEqualTo(end);
    clock.advance(Duration.ofSeconds(1));
    Awaitility.await().until(() -> node.store.row(sandbox.id()).state() == SandboxState.PAUSED);
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.PENDING);
    assertThat(show(exposure).expiresAt()).isEqualTo(end);
    assertThat(refresh(exposure, Optional.of(Duration.ofDays(1))).expiresAt())
        .isEqualTo(clock.instant().plus(Duration.ofDays(1)));
  }

  @Test
  void exposureFollowsTheDeadlineOfItsSandboxAsFarAsItWasAskedFor() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Exposure followsIt = expose(sandbox);
    Exposure hasAnHour = expose(sandbox, Duration.ofHours(1));
    Instant hour = clock.instant().plus(Duration.ofHours(1));
    clock.advance(Duration.ofMinutes(4));
    Instant longer = clock.instant().plus(Duration.ofHours(2));
    setTimeout(sandbox, Duration.ofHours(2));
    assertThat(show(followsIt).expiresAt()).isEqualTo(longer);
    assertThat(show(hasAnHour).expiresAt()).isEqualTo(hour);
    setTimeout(sandbox, Duration.ofMinutes(1));
    Instant shorter = clock.instant().plus(Duration.ofMinutes(1));
    assertThat(exposures.list(node.owner, sandbox.id()))
        .extracting(Exposure::expiresAt)
        .containsExactly(shorter, shorter);
  }

  @Test
  void databaseIsLeftAloneWhileASandboxIsPaused() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox);
    LiveSandboxes live = new LiveSandboxes();
    try (Deadlines timers = new Deadlines(clock)) {
      ExposureWatch watch =
          new ExposureWatch(node.exposures, live, timers, Node.PREVIEWS.urls(), clock);
      int before = node.exposures.reads.get();
      watch.begin(exposure);
      Awaitility.await().until(() -> node.exposures.reads.get() == before + 1);
      Awaitility.await()
          .during(ExposureWatch.FIRST_PAUSE.multipliedBy(4))
          .until(() -> node.exposures.reads.get() == before + 1);
      clock.advance(ExposureWatch.READING_INTERVAL);
      Awaitility.await().until(() -> node.exposures.reads.get() == before + 2);
      machine(sandbox).listening = port -> true;
      live.add(sandbox, machine(sandbox));
      Awaitility.await().until(() -> watch.watchedCount() == 0);
      assertThat(node.exposures.readyEvents).hasValue(1);
    }
  }

  @Test
  void waitingGoesOnAfterARestart() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Exposure exposure = expose(sandbox);
    LiveSandboxes live = new LiveSandboxes();
    live.add(sandbox, machine(sandbox));
    try (Deadlines timers = new Deadlines(clock)) {
      ExposureWatch watch =
          new ExposureWatch(node.exposures, live, timers, Node.PREVIEWS.urls(), clock);
      SandboxLookup lookup = new SandboxLookup(node.store, live);
      new Exposures(node.exposures, lookup, watch, () -> {}, clock).resumeWatching();
      assertThat(watch.watchedCount()).isEqualTo(1);
      watch.end(exposure.id());
      assertThat(watch.watchedCount()).isZero();
    }
  }

  @Test
  void watchEndsWithTheExposure() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Exposure exposure = expose(sandbox, Duration.ofMinutes(1));
    LiveSandboxes live = new LiveSandboxes();
    live.add(sandbox, machine(sandbox));
    try (Deadlines timers = new Deadlines(clock)) {
      ExposureWatch watch =
          new ExposureWatch(node.exposures, live, timers, Node.PREVIEWS.urls(), clock);
      watch.begin(exposure);
      clock.advance(Duration.ofMinutes(1));
      Awaitility.await().until(() -> watch.watchedCount() == 0);
    }
  }

  @Test
  void watchEndsWithTheSandbox() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox);
    node.useCases.sandboxes().kill(node.owner, sandbox.id());
    try (Deadlines timers = new Deadlines(clock)) {
      ExposureWatch watch =
          new ExposureWatch(
              node.exposures, new LiveSandboxes(), timers, Node.PREVIEWS.urls(), clock);
      watch.begin(exposure);
      Awaitility.await().until(() -> watch.watchedCount() == 0);
    }
  }

  @Test
  void nobodyWaitsForOneThatIsClosed() {
    Sandbox sandbox = create(Duration.ZERO);
    LiveSandboxes live = new LiveSandboxes();
    live.add(sandbox, machine(sandbox));
    try (Deadlines timers = new Deadlines(clock)) {
      ExposureWatch watch =
          new ExposureWatch(node.exposures, live, timers, Node.PREVIEWS.urls(), clock);
      Exposures watching =
          new Exposures(
              node.exposures, new SandboxLookup(node.store, live), watch, () -> {}, clock);
      Exposure exposure =
          watching.create(node.owner, sandbox.id(), request(Optional.empty())).exposure();
      assertThat(watch.watchedCount()).isEqualTo(1);
      watching.close(node.owner, sandbox.id(), exposure.id());
      assertThat(watch.watchedCount()).isZero();
    }
  }

  @Test
  void oneThatIsClosedWhileItIsLookedAtIsNotLookedAtAgain() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox);
    FakeMachine machine = new FakeMachine(sandbox.machine());
    LiveSandboxes live = new LiveSandboxes();
    live.add(sandbox, machine);
    try (Deadlines timers = new Deadlines(clock)) {
      ExposureWatch watch =
          new ExposureWatch(node.exposures, live, timers, Node.PREVIEWS.urls(), clock);
      machine.listening =
          port -> {
            watch.end(exposure.id());
            return false;
          };
      watch.begin(exposure);
      Awaitility.await().until(() -> machine.dials.get() == 1);
      Awaitility.await()
          .during(ExposureWatch.FIRST_PAUSE.multipliedBy(4))
          .until(() -> machine.dials.get() == 1);
    }
  }

  @Test
  void exposureLastsAsLongAsWasAskedForAndNoLongerThanItsSandbox() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Instant end = sandbox.deadline().orElseThrow();
    assertThat(expose(sandbox).expiresAt()).isEqualTo(end);
    assertThat(expose(sandbox, Duration.ofSeconds(1)).expiresAt())
        .isEqualTo(clock.instant().plusSeconds(1));
    assertThat(expose(sandbox, Duration.ofMinutes(6)).expiresAt()).isEqualTo(end);
  }

  @Test
  void exposureOfAPermanentSandboxHasADayOrWhatWasAskedForWithinAWeek() {
    Sandbox sandbox = create(Duration.ZERO);
    Instant now = clock.instant();
    assertThat(expose(sandbox).expiresAt()).isEqualTo(now.plus(Duration.ofHours(24)));
    assertThat(expose(sandbox, Duration.ofDays(3)).expiresAt())
        .isEqualTo(now.plus(Duration.ofDays(3)));
    assertThat(expose(sandbox, Duration.ofSeconds(Integer.MAX_VALUE)).expiresAt())
        .isEqualTo(now.plus(Duration.ofDays(7)));
  }

  @Test
  void exposureExpiresAtItsTime() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox, Duration.ofMinutes(1));
    clock.advance(Duration.ofMinutes(1).minusMillis(1));
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.PENDING);
    clock.advance(Duration.ofMillis(1));
    machine(sandbox).listening = port -> true;
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.EXPIRED);
    assertThat(exposures.list(node.owner, sandbox.id()))
        .extracting(Exposure::status)
        .containsExactly(ExposureStatus.EXPIRED);
    assertRefused(ErrorCode.EXPOSURE_ENDED, () -> refresh(exposure, Optional.empty()));
  }

  @Test
  void refreshedOneHasItsTimeFromNow() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox, Duration.ofMinutes(2));
    clock.advance(Duration.ofMinutes(1));
    Instant now = clock.instant();
    assertThat(refresh(exposure, Optional.of(Duration.ofMinutes(2))).expiresAt())
        .isEqualTo(now.plus(Duration.ofMinutes(2)));
    assertThat(refresh(exposure, Optional.empty()).expiresAt())
        .isEqualTo(now.plus(Exposures.DEFAULT_LIFETIME));
    assertRefused(ErrorCode.INVALID_REQUEST, () -> refresh(exposure, Optional.of(Duration.ZERO)));
  }

  @Test
  void oneOfAPausedSandboxIsRefreshedForAsLongAsMayBe() {
    Sandbox sandbox = create(Duration.ofMinutes(5));
    Exposure exposure = expose(sandbox);
    clock.advance(Duration.ofMinutes(1));
    node.useCases.pauses().pause(node.owner, sandbox.id());
    assertThat(refresh(exposure, Optional.empty()).expiresAt())
        .isEqualTo(clock.instant().plus(Exposures.MAX_LIFETIME));
  }

  @Test
  void closedOneIsRevokedAndStaysSo() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox);
    exposures.close(node.owner, sandbox.id(), exposure.id());
    Instant closedAt = clock.instant();
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.REVOKED);
    clock.advance(Duration.ofHours(1));
    exposures.close(node.owner, sandbox.id(), exposure.id());
    machine(sandbox).listening = port -> true;
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.REVOKED);
    assertThat(show(exposure).endedAt()).contains(closedAt);
  }

  @Test
  void killedSandboxShowsItsExposuresUntilTheyAreForgotten() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox);
    node.useCases.sandboxes().kill(node.owner, sandbox.id());
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.SANDBOX_STOPPED);
    assertThat(exposures.list(node.owner, sandbox.id())).hasSize(1);
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> expose(sandbox));
    assertRefused(ErrorCode.EXPOSURE_ENDED, () -> refresh(exposure, Optional.empty()));
    clock.advance(Duration.ofHours(49));
    exposures.prune();
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> exposures.list(node.owner, sandbox.id()));
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> show(exposure));
  }

  @Test
  void whatIsOverIsKeptForADay() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox, Duration.ofMinutes(1));
    clock.advance(Duration.ofMinutes(1).plus(Duration.ofHours(24)));
    exposures.prune();
    assertThat(show(exposure).status()).isEqualTo(ExposureStatus.EXPIRED);
    clock.advance(Duration.ofMillis(1));
    exposures.prune();
    assertRefused(ErrorCode.EXPOSURE_NOT_FOUND, () -> show(exposure));
  }

  @Test
  void strangerCannotTellItFromAMissingOne() {
    Sandbox sandbox = create(Duration.ZERO);
    Exposure exposure = expose(sandbox);
    Account stranger = node.stranger;
    assertRefused(
        ErrorCode.SANDBOX_NOT_FOUND, () -> exposures.find(stranger, sandbox.id(), exposure.id()));
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> exposures.list(stranger, sandbox.id()));
    assertRefused(
        ErrorCode.SANDBOX_NOT_FOUND, () -> exposures.close(stranger, sandbox.id(), exposure.id()));
    assertRefused(
        ErrorCode.SANDBOX_NOT_FOUND,
        () -> exposures.refresh(stranger, sandbox.id(), exposure.id(), Optional.empty()));
    assertRefused(
        ErrorCode.EXPOSURE_NOT_FOUND,
        () -> exposures.find(node.owner, sandbox.id(), ExposureId.random()));
  }

  @Test
  void privateOneIsOpenedByATokenOfWhichTheHashAloneIsKept() {
    Sandbox sandbox = create(Duration.ZERO);
    NewExposure created =
        exposures.create(
            node.owner,
            sandbox.id(),
            new ExposureRequest(
                PORT,
                Visibility.PRIVATE,
                Optional.empty(),
                Optional.of("my-page"),
                Optional.of("/a?b=c#d"),
                true));
    String token = created.token().orElseThrow();
    assertThat(created.exposure().tokenHash()).contains(Secrets.sha256(token));
    assertThat(created.toString()).doesNotContain(token);
    PreviewUrls urls = Node.PREVIEWS.urls();
    assertThat(urls.url(created.exposure())).isEqualTo("http://my-page.localhost:8080/a?b=c#d");
    assertThat(urls.accessUrl(created.exposure(), token))
        .isEqualTo("http://my-page.localhost:8080/a?b=c&token=" + token + "#d");
  }

  private Sandbox create(Duration timeout) {
    return node.useCases
        .sandboxes()
        .create(
            node.owner, new CreateRequest("base", Optional.of(timeout), 0, 0, Map.of(), Map.of()));
  }

  private void setTimeout(Sandbox sandbox, Duration timeout) {
    node.useCases.sandboxes().setTimeout(node.owner, sandbox.id(), timeout);
  }

  private Exposure expose(Sandbox sandbox) {
    return expose(sandbox, Optional.empty());
  }

  private Exposure expose(Sandbox sandbox, Duration lifetime) {
    return expose(sandbox, Optional.of(lifetime));
  }

  private Exposure expose(Sandbox sandbox, Optional<Duration> lifetime) {
    return exposures.create(node.owner, sandbox.id(), request(lifetime)).exposure();
  }

  private static ExposureRequest request(Optional<Duration> lifetime) {
    return new ExposureRequest(
        PORT, Visibility.PUBLIC, lifetime, Optional.empty(), Optional.empty(), false);
  }

  private Exposure refresh(Exposure exposure, Optional<Duration> lifetime) {
    return exposures.refresh(node.owner, exposure.sandbox(), exposure.id(), lifetime);
  }

  private Exposure show(Exposure exposure) {
    return exposures.find(node.owner, exposure.sandbox(), exposure.id());
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
