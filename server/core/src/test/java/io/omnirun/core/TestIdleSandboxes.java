package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.SandboxUses.Use;
import io.omnirun.model.EndReason;
import io.omnirun.model.EventType;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A sandbox that nobody uses ends, and no other one. */
class TestIdleSandboxes {
  private static final Duration LIMIT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofHours(1);

  private final Node node = new Node(10, LIMIT);
  private final Sandboxes sandboxes = node.useCases.sandboxes();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void unusedSandboxEndsAndItsHistorySaysWhy() {
    Sandbox sandbox = create(LONG, false);
    awaitState(sandbox, SandboxState.KILLED);
    Sandbox ended = sandboxes.history(node.owner, 10, 0).getFirst();
    assertThat(ended.endReason()).contains(EndReason.IDLE);
    assertThat(EventType.of(SandboxState.KILLING, SandboxState.KILLED, ended.endReason()))
        .contains(EventType.SANDBOX_TIMEOUT);
  }

  @Test
  void sandboxInUseLivesAndEndsOnlyALimitAfterItsLastUse() {
    Sandbox used = create(LONG, false);
    Sandbox witness;
    try (Use use = node.useCases.uses().begin(node.owner.id(), used.id())) {
      witness = create(LONG, false);
      awaitState(witness, SandboxState.KILLED);
      assertThat(state(used)).isEqualTo(SandboxState.RUNNING);
    }
    long endedNanos = System.nanoTime();
    awaitState(used, SandboxState.KILLED);
    assertThat(Duration.ofNanos(System.nanoTime() - endedNanos)).isGreaterThanOrEqualTo(LIMIT);
  }

  @Test
  void strangerCannotKeepASandboxAlive() {
    Sandbox sandbox = create(LONG, false);
    try (Use use = node.useCases.uses().begin(node.stranger.id(), sandbox.id())) {
      awaitState(sandbox, SandboxState.KILLED);
    }
  }

  @Test
  void useThatIsClosedTwiceCountsOnce() {
    Sandbox sandbox = create(LONG, false);
    Use first = node.useCases.uses().begin(node.owner.id(), sandbox.id());
    try (Use second = node.useCases.uses().begin(node.owner.id(), sandbox.id())) {
      first.close();
      first.close();
      awaitState(create(LONG, false), SandboxState.KILLED);
      assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
    }
  }

  @Test
  void permanentSandboxIsExemptForAsLongAsItIsPermanent() {
    Sandbox permanent = create(Duration.ZERO, false);
    awaitState(create(LONG, false), SandboxState.KILLED);
    assertThat(state(permanent)).isEqualTo(SandboxState.RUNNING);
    sandboxes.setTimeout(node.owner, permanent.id(), LONG);
    awaitState(permanent, SandboxState.KILLED);
  }

  @Test
  void sandboxWithCredentialsOfAVaultIsExempt() {
    Sandbox injected = create(LONG, false, true);
    awaitState(create(LONG, false), SandboxState.KILLED);
    awaitState(create(LONG, false), SandboxState.KILLED);
    assertThat(state(injected)).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void autoPauseTurnsTheEndIntoAPauseAndAResumeBeginsAnew() {
    Sandbox sandbox = create(LONG, true);
    awaitState(sandbox, SandboxState.PAUSED);
    // Longer than the limit, at which a timer of the first life would have come.
    awaitState(create(LONG, false), SandboxState.KILLED);
    awaitState(create(LONG, false), SandboxState.KILLED);
    node.useCases.pauses().resume(node.owner, sandbox.id());
    awaitState(sandbox, SandboxState.PAUSED);
  }

  @Test
  void endThatMeetsAFailingStoreIsTriedAgain() {
    Sandbox sandbox = create(LONG, false);
    node.store.transitions.lostAnswers.set(1);
    node.store.finishes.refusals.set(2);
    awaitState(sandbox, SandboxState.KILLED);
    assertThat(node.store.row(sandbox.id()).endReason()).contains(EndReason.IDLE);
    assertThat(node.store.finishes.refusals).hasValue(0);
  }

  @Test
  void sandboxThatIsUsedWhileItsEndMeetsAFailingStoreLives() {
    Sandbox sandbox = create(LONG, false);
    node.store.finds.refuseAll();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> node.store.finds.refusals.get() < Integer.MAX_VALUE - 2);
    try (Use use = node.useCases.uses().begin(node.owner.id(), sandbox.id())) {
      node.store.finds.heal();
      awaitState(create(LONG, false), SandboxState.KILLED);
      assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
    }
    awaitState(sandbox, SandboxState.KILLED);
  }

  @Test
  void sandboxThatWasInAnotherStateWhenItsTimeCameEndsLater() {
    Sandbox sandbox = create(LONG, false);
    node.store.put(node.store.row(sandbox.id()).withState(SandboxState.PAUSING));
    awaitState(create(LONG, false), SandboxState.KILLED);
    node.store.put(node.store.row(sandbox.id()).withState(SandboxState.RUNNING));
    awaitState(sandbox, SandboxState.KILLED);
  }

  private Sandbox create(Duration life, boolean autoPause) {
    return create(life, autoPause, false);
  }

  private Sandbox create(Duration life, boolean autoPause, boolean vaultInject) {
    return sandboxes.create(
        node.owner,
        new CreateRequest(
            "base",
            Optional.of(life),
            0,
            0,
            0,
            Map.of(),
            Map.of(),
            autoPause,
            false,
            Optional.empty(),
            vaultInject,
            NetworkPolicy.AIR_GAP,
            Optional.empty()));
  }

  private SandboxState state(Sandbox sandbox) {
    return node.store.row(sandbox.id()).state();
  }

  private void awaitState(Sandbox sandbox, SandboxState state) {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> state(sandbox) == state);
  }
}
