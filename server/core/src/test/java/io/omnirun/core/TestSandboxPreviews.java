package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.Exposures.NewExposure;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.PreviewName;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.Visibility;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestSandboxPreviews {
  private static final int PORT = 3_000;

  private final TickingClock clock = new TickingClock();
  private final Node node = new Node(10, Duration.ZERO, clock);
  private final PreviewDirectory previews = node.useCases.previews();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void runningSandboxIsFoundByItsNameWithoutTheDatabase() {
    Sandbox sandbox = create(false, Optional.empty());
    node.store.finds.refuseAll();
    assertThat(previews.find(name(sandbox, PORT)))
        .isEqualTo(
            new PreviewTarget(
                node.owner.id(),
                sandbox.id(),
                sandbox.machine(),
                PORT,
                Optional.empty(),
                false,
                false,
                Optional.empty()));
  }

  @Test
  void exposureIsFoundByItsSlug() {
    Sandbox sandbox = create(false, Optional.empty());
    NewExposure created = expose(sandbox, Visibility.PRIVATE);
    PreviewTarget target = previews.find(slug(created));
    assertThat(target.exposure()).contains(created.exposure().id());
    assertThat(target.port()).isEqualTo(PORT);
    assertThat(target.gated()).isTrue();
    assertThat(target.preserveHost()).isTrue();
  }

  @Test
  void maskedHostNamesThePort() {
    Sandbox sandbox = create(false, Optional.of("app.test:${PORT}"));
    assertThat(previews.find(name(sandbox, PORT)).maskedHost()).contains("app.test:3000");
  }

  @Test
  void portsOfTheAgentAreNeverFound() {
    Sandbox sandbox = create(false, Optional.empty());
    assertNotFound(name(sandbox, 49_980));
    assertNotFound(name(sandbox, 49_983));
    assertThat(previews.find(name(sandbox, 49_999)).port()).isEqualTo(49_999);
  }

  @Test
  void operatorCanSwitchNamesOff() {
    Sandbox sandbox = create(false, Optional.empty());
    LiveSandboxes live = new LiveSandboxes();
    live.add(sandbox, machine(sandbox));
    SandboxPreviews none = previews(live, false, true);
    assertThatNotFound(() -> none.find(name(sandbox, PORT)));
    SandboxPreviews noInterpreter = previews(live, true, false);
    assertThatNotFound(() -> noInterpreter.find(name(sandbox, 49_999)));
    assertThat(noInterpreter.find(name(sandbox, PORT)).port()).isEqualTo(PORT);
  }

  private SandboxPreviews previews(LiveSandboxes live, boolean names, boolean interpreter) {
    return new SandboxPreviews(
        node.exposures,
        live,
        new TrafficTokens(new byte[32]),
        new PreviewSettings(Node.PREVIEWS.urls(), names, interpreter),
        clock,
        System::nanoTime);
  }

  @Test
  void slugIsLookedUpOnceASecondAndAtOnceAfterAChange() {
    Sandbox sandbox = create(false, Optional.empty());
    NewExposure created = expose(sandbox, Visibility.PUBLIC);
    AtomicLong nanos = new AtomicLong();
    LiveSandboxes live = new LiveSandboxes();
    live.add(sandbox, machine(sandbox));
    SandboxPreviews remembering =
        new SandboxPreviews(
            node.exposures,
            live,
            new TrafficTokens(new byte[32]),
            Node.PREVIEWS,
            clock,
            nanos::get);
    remembering.find(slug(created));
    remembering.find(slug(created));
    assertThat(node.exposures.slugReads).hasValue(1);
    nanos.addAndGet(SandboxPreviews.MEMORY.toNanos());
    remembering.find(slug(created));
    assertThat(node.exposures.slugReads).hasValue(2);
    remembering.invalidate();
    remembering.find(slug(created));
    assertThat(node.exposures.slugReads).hasValue(3);
  }

  @Test
  void whatIsClosedOrExpiredOrKilledIsGoneAtOnce() {
    Sandbox sandbox = create(false, Optional.empty());
    NewExposure closed = expose(sandbox, Visibility.PUBLIC);
    previews.find(slug(closed));
    node.useCases.exposures().close(node.owner, sandbox.id(), closed.exposure().id());
    assertNotFound(slug(closed));
    NewExposure expired = expose(sandbox.id(), Visibility.PUBLIC, Duration.ofMinutes(1));
    previews.find(slug(expired));
    clock.advance(Duration.ofMinutes(1));
    assertNotFound(slug(expired));
    NewExposure stopped = expose(create(false, Optional.empty()), Visibility.PUBLIC);
    previews.find(slug(stopped));
    node.useCases.sandboxes().kill(node.owner, stopped.exposure().sandbox());
    assertNotFound(slug(stopped));
    assertNotFound(new PreviewName.SandboxPort(stopped.exposure().sandbox(), PORT));
    assertNotFound(new PreviewName.SandboxPort(SandboxId.random(), PORT));
    assertNotFound(new PreviewName.Slug("nobodys-slug"));
  }

  @Test
  void pausedSandboxSaysSoAndIsBackAfterTheResume() {
    Sandbox sandbox = create(false, Optional.empty());
    NewExposure created = expose(sandbox, Visibility.PUBLIC);
    PreviewTarget before = previews.find(slug(created));
    node.useCases.pauses().pause(node.owner, sandbox.id());
    clock.advance(Duration.ofHours(1));
    assertPaused(() -> previews.find(slug(created)));
    assertPaused(() -> previews.find(name(sandbox, PORT)));
    assertPaused(() -> previews.dial(before));
    node.useCases.pauses().resume(node.owner, sandbox.id());
    assertThat(previews.find(slug(created)).machine()).isNotEqualTo(before.machine());
    assertThatNotFound(() -> previews.dial(before));
  }

  @Test
  void secureSandboxIsOpenedByItsTrafficTokenAlone() {
    Sandbox sandbox = create(true, Optional.empty());
    Sandbox other = create(true, Optional.empty());
    PreviewTarget target = previews.find(name(sandbox, PORT));
    assertThat(target.gated()).isTrue();
    assertThat(previews.admits(target, trafficToken(sandbox))).isTrue();
    assertThat(previews.admits(target, trafficToken(other))).isFalse();
    assertThat(previews.admits(target, "")).isFalse();
    assertThat(previews.admits(target, "-".repeat(64))).isFalse();
    PreviewTarget exposed = previews.find(slug(expose(sandbox, Visibility.PUBLIC)));
    assertThat(exposed.gated()).isTrue();
    assertThat(previews.admits(exposed, trafficToken(sandbox))).isTrue();
    assertThat(previews.admits(exposed, "x")).isFalse();
  }

  @Test
  void privateExposureIsOpenedByItsOwnToken() {
    Sandbox sandbox = create(false, Optional.empty());
    NewExposure created = expose(sandbox, Visibility.PRIVATE);
    NewExposure other = expose(sandbox, Visibility.PRIVATE);
    PreviewTarget target = previews.find(slug(created));
    assertThat(previews.admits(target, created.token().orElseThrow())).isTrue();
    assertThat(previews.admits(target, other.token().orElseThrow())).isFalse();
    assertThat(previews.admits(target, created.exposure().tokenHash().orElseThrow())).isFalse();
    String nobodys = node.useCases.trafficTokens().ofSecure(sandbox.id());
    assertThat(previews.admits(target, nobodys)).as("the sandbox is not secure").isFalse();
  }

  @Test
  void privateExposureOfASecureSandboxIsOpenedByEither() {
    Sandbox sandbox = create(true, Optional.empty());
    NewExposure created = expose(sandbox, Visibility.PRIVATE);
    PreviewTarget target = previews.find(slug(created));
    assertThat(previews.admits(target, created.token().orElseThrow())).isTrue();
    assertThat(previews.admits(target, trafficToken(sandbox))).isTrue();
    PreviewTarget bySandbox = previews.find(name(sandbox, PORT));
    assertThat(previews.admits(bySandbox, created.token().orElseThrow())).isFalse();
  }

  @Test
  void openPortIsDialledAndAClosedOneSaysSo() throws IOException {
    Sandbox sandbox = create(false, Optional.empty());
    PreviewTarget target = previews.find(name(sandbox, PORT));
    assertFails(ErrorCode.PORT_CLOSED, () -> previews.dial(target));
    machine(sandbox).listening = port -> port == PORT;
    try (SocketChannel stream = previews.dial(target)) {
      assertThat(stream.isOpen()).isTrue();
    }
  }

  @Test
  void streamThatEndsBecauseItsMachineGoesIsNoClosedPort() {
    Sandbox sandbox = create(false, Optional.empty());
    PreviewTarget target = previews.find(name(sandbox, PORT));
    machine(sandbox).listening =
        port -> {
          node.useCases.pauses().pause(node.owner, sandbox.id());
          return false;
        };
    assertPaused(() -> previews.dial(target));
  }

  @Test
  void useIsWrittenDownOnceAMinute() {
    Sandbox sandbox = create(false, Optional.empty());
    PreviewTarget target = previews.find(slug(expose(sandbox, Visibility.PUBLIC)));
    previews.begin(target).close();
    previews.begin(target).close();
    Awaitility.await().until(() -> node.exposures.accessWrites.get() > 0);
    clock.advance(LastAccesses.PRECISION);
    previews.begin(target).close();
    Awaitility.await().until(() -> node.exposures.accessWrites.get() == 2);
  }

  @Test
  void requestKeepsItsSandboxInUse() {
    Sandbox sandbox = create(false, Optional.empty());
    AtomicLong nanos = new AtomicLong();
    LiveSandboxes live = new LiveSandboxes(nanos::get);
    live.add(sandbox, machine(sandbox));
    SandboxPreviews using = previews(live, true, true);
    try (SandboxUses.Use use = using.begin(using.find(name(sandbox, PORT)))) {
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      assertThat(live.idle(sandbox.id())).contains(Duration.ZERO);
      assertThat(use).isNotNull();
    }
    nanos.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(live.idle(sandbox.id())).contains(Duration.ofHours(1));
  }

  private Sandbox create(boolean secure, Optional<String> maskedHost) {
    return node.useCases
        .sandboxes()
        .create(
            node.owner,
            new CreateRequest(
                "base",
                Optional.empty(),
                0,
                0,
                0,
                Map.of(),
                Map.of(),
                false,
                secure,
                maskedHost,
                false,
                NetworkPolicy.AIR_GAP,
                Optional.empty()));
  }

  private NewExposure expose(Sandbox sandbox, Visibility visibility) {
    return expose(sandbox.id(), visibility);
  }

  private NewExposure expose(SandboxId sandbox, Visibility visibility) {
    return expose(sandbox, visibility, Optional.empty());
  }

  private NewExposure expose(SandboxId sandbox, Visibility visibility, Duration lifetime) {
    return expose(sandbox, visibility, Optional.of(lifetime));
  }

  private NewExposure expose(
      SandboxId sandbox, Visibility visibility, Optional<Duration> lifetime) {
    return node.useCases
        .exposures()
        .create(
            node.owner,
            sandbox,
            new ExposureRequest(
                PORT, visibility, lifetime, Optional.empty(), Optional.empty(), true));
  }

  private String trafficToken(Sandbox sandbox) {
    return node.useCases.trafficTokens().of(sandbox).orElseThrow();
  }

  private static PreviewName name(Sandbox sandbox, int port) {
    return new PreviewName.SandboxPort(sandbox.id(), port);
  }

  private static PreviewName slug(NewExposure created) {
    return new PreviewName.Slug(created.exposure().slug());
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private void assertNotFound(PreviewName name) {
    assertThatNotFound(() -> previews.find(name));
  }

  private static void assertThatNotFound(ThrowingCallable call) {
    assertFails(ErrorCode.PREVIEW_NOT_FOUND, call);
  }

  private static void assertPaused(ThrowingCallable call) {
    assertFails(ErrorCode.SANDBOX_PAUSED, call);
  }

  private static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
