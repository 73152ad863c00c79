package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A sandbox's life is what it was given last, and its end says how it came. */
class TestTimeouts {
  private static final Duration SOON = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofHours(1);

  private final Node node = new Node(10);
  private final Sandboxes sandboxes = node.useCases.sandboxes();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void shortenedLifeEndsTheSandboxAndSaysSo() {
    Sandbox sandbox = create(LONG);
    sandboxes.setTimeout(node.owner, sandbox.id(), SOON);
    assertThat(awaitEnd(sandbox).endReason()).contains(EndReason.TIMEOUT);
  }

  @Test
  void permanentSandboxGetsAnEndAndLosesItAgain() {
    Sandbox sandbox = create(Duration.ZERO);
    assertThat(sandbox.deadline()).isEmpty();
    assertThat(sandboxes.setTimeout(node.owner, sandbox.id(), LONG).deadline()).isPresent();
    assertThat(sandboxes.setTimeout(node.owner, sandbox.id(), Duration.ZERO).deadline()).isEmpty();
    assertThat(sandboxes.get(node.owner, sandbox.id()).deadline()).isEmpty();
    sandboxes.setTimeout(node.owner, sandbox.id(), SOON);
    awaitEnd(sandbox);
  }

  @Test
  void timerOfAnEarlierDeadlineEndsNoSandboxThatWasGivenMoreTime() {
    Sandbox witness = create(Duration.ofMillis(400));
    Sandbox prolonged = create(Duration.ofMillis(300));
    sandboxes.setTimeout(node.owner, prolonged.id(), LONG);
    awaitEnd(witness);
    assertThat(sandboxes.get(node.owner, prolonged.id()).state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void deadlineThatAnotherServerHasMovedIsNotTheEnd() {
    Sandbox witness = create(Duration.ofMillis(400));
    Sandbox moved = create(Duration.ofMillis(300));
    Sandbox row = node.store.row(moved.id());
    node.store.put(row.withTimeout(LONG, row.deadline().map(deadline -> deadline.plusMillis(600))));
    awaitEnd(witness);
    assertThat(sandboxes.get(node.owner, moved.id()).state()).isEqualTo(SandboxState.RUNNING);
    assertThat(awaitEnd(moved).endedAt().orElseThrow())
        .isAfterOrEqualTo(row.deadline().orElseThrow().plusMillis(599));
  }

  @Test
  void sandboxThatEndsTakesNoTimeout() {
    Sandbox sandbox = create(LONG);
    machine(sandbox).closing.refuseAll();
    sandboxes.kill(node.owner, sandbox.id());
    assertThat(node.store.row(sandbox.id()).state()).isEqualTo(SandboxState.KILLING);
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, sandbox);
    machine(sandbox).closing.heal();
    assertThat(awaitEnd(sandbox).endReason()).contains(EndReason.KILLED);
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, sandbox);
  }

  @Test
  void failedSandboxTakesNoTimeoutAndItsDismissalKeepsItsEnd() {
    Sandbox sandbox = create(LONG);
    machine(sandbox).die("signal 9");
    Sandbox failed = awaitEnd(sandbox);
    assertRefused(ErrorCode.SANDBOX_NOT_RUNNING, sandbox);
    sandboxes.kill(node.owner, sandbox.id());
    Sandbox dismissed = sandboxes.history(node.owner, 10, 0).getFirst();
    assertThat(dismissed).isEqualTo(failed.withState(SandboxState.KILLED));
    assertThat(dismissed.endReason()).contains(EndReason.FAILED);
  }

  @Test
  void strangerChangesNoTimeout() {
    Sandbox sandbox = create(LONG);
    assertThatThrownBy(() -> sandboxes.setTimeout(node.stranger, sandbox.id(), SOON))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SANDBOX_NOT_FOUND));
    assertThat(node.store.row(sandbox.id()).deadline()).isEqualTo(sandbox.deadline());
  }

  @Test
  void adoptedSandboxEndsAtTheDeadlineOfItsRow() throws Exception {
    Sandbox sandbox = create(LONG);
    try (Node restarted = new Node(10)) {
      restarted.driver.machines.putAll(node.driver.machines);
      restarted.store.put(sandbox.withTimeout(SOON, Optional.of(sandbox.startedAt())));
      restarted.useCases.reconciler().reconcile();
      assertThat(awaitEnd(restarted, sandbox).endReason()).contains(EndReason.TIMEOUT);
    }
  }

  private Sandbox create(Duration life) {
    return sandboxes.create(
        node.owner, new CreateRequest("base", Optional.of(life), 0, 0, Map.of(), Map.of()));
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private Sandbox awaitEnd(Sandbox sandbox) {
    return awaitEnd(node, sandbox);
  }

  private static Sandbox awaitEnd(Node on, Sandbox sandbox) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> on.store.row(sandbox.id()).state().isFinal());
    return on.store.row(sandbox.id());
  }

  private void assertRefused(ErrorCode code, Sandbox sandbox) {
    assertThatThrownBy(() -> sandboxes.setTimeout(node.owner, sandbox.id(), LONG))
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
