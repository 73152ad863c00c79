package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** What becomes of a sandbox whose end meets a launcher or a database that fails. */
class TestEndings {
  private final Node node = new Node(1);
  private final Sandboxes sandboxes = node.useCases.sandboxes();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void killThatCannotFreeTheMachineYetIsAcknowledgedAndFinishedLater() {
    Sandbox sandbox = create();
    FakeMachine machine = machine(sandbox);
    machine.closing.refuseAll();
    sandboxes.kill(node.owner, sandbox.id());
    assertThat(state(sandbox)).isEqualTo(SandboxState.KILLING);
    machine.closing.heal();
    awaitFreed(sandbox, SandboxState.KILLED);
  }

  @Test
  void machineThatIsNotFreedYetIsNobodysAndKeepsItsSlot() {
    Sandbox sandbox = create();
    FakeMachine machine = machine(sandbox);
    machine.closing.refuseAll();
    sandboxes.kill(node.owner, sandbox.id());
    assertThat(sandboxes.list(node.owner)).isEmpty();
    assertThat(node.useCases.nodeStatus().status().activeSandboxes()).isZero();
    assertRefused(
        ErrorCode.SANDBOX_NOT_RUNNING,
        () -> node.useCases.commands().list(node.owner, sandbox.id()));
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> sandboxes.kill(node.owner, sandbox.id()));
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
    machine.closing.heal();
    awaitFreed(sandbox, SandboxState.KILLED);
  }

  @Test
  void killWhoseLastWriteFailsIsAcknowledgedAndFinishedLater() {
    Sandbox sandbox = create();
    node.store.finishes.refuseAll();
    sandboxes.kill(node.owner, sandbox.id());
    assertThat(state(sandbox)).isEqualTo(SandboxState.KILLING);
    node.store.finishes.heal();
    awaitFreed(sandbox, SandboxState.KILLED);
  }

  @Test
  void killThatCannotBeRecordedIsRefusedAndHasNoEffect() {
    Sandbox sandbox = create();
    node.store.transitions.refusals.set(1);
    assertRefused(ErrorCode.INTERNAL, () -> sandboxes.kill(node.owner, sandbox.id()));
    assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    sandboxes.kill(node.owner, sandbox.id());
    awaitFreed(sandbox, SandboxState.KILLED);
  }

  @Test
  void killThatWasRecordedThoughItsAnswerGotLostIsAcknowledged() {
    Sandbox sandbox = create();
    node.store.transitions.lostAnswers.set(1);
    sandboxes.kill(node.owner, sandbox.id());
    awaitFreed(sandbox, SandboxState.KILLED);
  }

  @Test
  void killThatNobodyCanTellWhetherItWasRecordedIsFinishedIfItWas() {
    Sandbox sandbox = create();
    node.store.transitions.lostAnswers.set(1);
    node.store.transitions.onLostAnswer = () -> node.store.finds.refusals.set(3);
    assertRefused(ErrorCode.INTERNAL, () -> sandboxes.kill(node.owner, sandbox.id()));
    awaitFreed(sandbox, SandboxState.KILLED);
  }

  @Test
  void deadlineThatCannotBeRecordedIsTriedAgain() {
    node.store.transitions.refusals.set(5);
    awaitFreed(createExpiring(), SandboxState.KILLED);
  }

  @Test
  void deadlineThatWasRecordedThoughItsAnswerGotLostIsFinished() {
    node.store.transitions.lostAnswers.set(1);
    awaitFreed(createExpiring(), SandboxState.KILLED);
  }

  @Test
  void deathThatCannotBeRecordedIsTriedAgain() {
    Sandbox sandbox = create();
    node.store.finishes.refusals.set(5);
    machine(sandbox).die("signal 9");
    awaitFreed(sandbox, SandboxState.FAILED);
  }

  @Test
  void deathThatWasRecordedThoughItsAnswerGotLostFreesTheMachine() {
    Sandbox sandbox = create();
    node.store.finishes.lostAnswers.set(1);
    machine(sandbox).die("signal 9");
    awaitFreed(sandbox, SandboxState.FAILED);
  }

  @Test
  void deadMachineThatIsNotFreedYetKeepsItsSlot() {
    Sandbox sandbox = create();
    FakeMachine machine = machine(sandbox);
    machine.closing.refuseAll();
    machine.die("signal 9");
    awaitState(sandbox, SandboxState.FAILED);
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
    machine.closing.heal();
    awaitFreed(sandbox, SandboxState.FAILED);
  }

  private Sandbox create() {
    return sandboxes.create(node.owner, Node.request());
  }

  private Sandbox createExpiring() {
    return sandboxes.create(
        node.owner,
        new CreateRequest("base", Optional.of(Duration.ofMillis(1)), 0, 0, Map.of(), Map.of()));
  }

  /**
   * Waits for an end of which nothing is left: the machine was closed once, its one slot is free.
   */
  private void awaitFreed(Sandbox sandbox, SandboxState end) {
    awaitState(sandbox, end);
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .ignoreExceptionsInstanceOf(OmniRunException.class)
        .until(() -> create().state() == SandboxState.RUNNING);
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
    assertThat(machine(sandbox).closes).hasValue(1);
  }

  private void awaitState(Sandbox sandbox, SandboxState state) {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> state(sandbox) == state);
  }

  private SandboxState state(Sandbox sandbox) {
    return node.store.row(sandbox.id()).state();
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private static void assertRefused(ErrorCode code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
