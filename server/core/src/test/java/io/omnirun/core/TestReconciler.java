package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.model.MachineId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestReconciler {
  private final Node node = new Node(10);

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void livingSandboxIsAdopted() {
    Sandbox sandbox = row(SandboxState.RUNNING, true);
    node.useCases.reconciler().reconcile();
    assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    assertThat(node.useCases.nodeStatus().status().activeSandboxes()).isEqualTo(1);
  }

  @Test
  void oneWhoseVmmIsGoneFailsAndIsRemoved() {
    Sandbox lost = row(SandboxState.RUNNING, false);
    node.useCases.reconciler().reconcile();
    assertThat(state(lost)).isEqualTo(SandboxState.FAILED);
    assertThat(node.driver.removed).contains(lost.machine());
  }

  @Test
  void oneWhoseVmmLivesAndDoesNotAnswerIsAdoptedWhenItDoes() {
    Sandbox slow = row(SandboxState.RUNNING, true);
    node.driver.unreachable.add(slow.machine());
    node.useCases.reconciler().reconcile();
    assertThat(state(slow)).isEqualTo(SandboxState.RUNNING);
    assertThat(node.driver.removed).isEmpty();
    node.driver.unreachable.clear();
    awaitReachable(slow);
    assertThat(state(slow)).isEqualTo(SandboxState.RUNNING);
    assertThat(node.driver.removed).isEmpty();
  }

  @Test
  void oneWhoseVmmEndsBeforeItAnswersFails() {
    Sandbox slow = row(SandboxState.RUNNING, true);
    node.driver.unreachable.add(slow.machine());
    node.useCases.reconciler().reconcile();
    node.driver.machines.remove(slow.machine());
    awaitState(slow, SandboxState.FAILED);
    awaitRemoved(slow.machine());
  }

  @Test
  void oneThatIsKilledBeforeItAnswersLeavesNoMachine() {
    Sandbox slow = row(SandboxState.RUNNING, true);
    node.driver.unreachable.add(slow.machine());
    node.useCases.reconciler().reconcile();
    node.useCases.sandboxes().kill(node.owner, slow.id());
    awaitState(slow, SandboxState.KILLED);
    assertThat(node.driver.machines).isEmpty();
  }

  @Test
  void halfMadeAndHalfKilledOnesAreFinished() {
    Sandbox creating = row(SandboxState.CREATING, true);
    Sandbox killing = row(SandboxState.KILLING, true);
    node.useCases.reconciler().reconcile();
    assertThat(state(creating)).isEqualTo(SandboxState.FAILED);
    assertThat(state(killing)).isEqualTo(SandboxState.KILLED);
    assertThat(node.driver.removed).contains(creating.machine(), killing.machine());
  }

  @Test
  void filesThatAreWholeAreThePausedSandboxWhateverLives() {
    Sandbox pausing = row(SandboxState.PAUSING, true);
    Sandbox resuming = row(SandboxState.RESUMING, false);
    Sandbox paused = row(SandboxState.PAUSED, false);
    for (Sandbox sandbox : List.of(pausing, resuming, paused)) {
      node.paused.seals.put(sandbox.machine(), new PauseSeal(new byte[32], "test"));
    }
    MachineId halfResumed = MachineId.random();
    node.driver.machines.put(halfResumed, new FakeMachine(halfResumed));
    node.useCases.reconciler().reconcile();
    for (Sandbox sandbox : List.of(pausing, resuming, paused)) {
      assertThat(state(sandbox)).isEqualTo(SandboxState.PAUSED);
    }
    assertThat(node.driver.removed).contains(pausing.machine(), halfResumed);
    assertThat(node.paused.seals)
        .containsOnlyKeys(pausing.machine(), resuming.machine(), paused.machine());
    assertThat(node.useCases.nodeStatus().status().activeSandboxes()).isZero();
  }

  @Test
  void aPauseWithoutWholeFilesRunsOnIfItsVmmLives() {
    Sandbox living = row(SandboxState.PAUSING, true);
    Sandbox dead = row(SandboxState.PAUSING, false);
    node.paused.incomplete.addAll(List.of(living.machine(), dead.machine()));
    node.useCases.reconciler().reconcile();
    assertThat(state(living)).isEqualTo(SandboxState.RUNNING);
    assertThat(node.useCases.commands().list(node.owner, living.id())).isEmpty();
    assertThat(state(dead)).isEqualTo(SandboxState.FAILED);
    assertThat(node.useCases.nodeStatus().status().activeSandboxes()).isEqualTo(1);
    assertThat(node.paused.incomplete).isEmpty();
  }

  @Test
  void aPausedOneWhoseFilesAreNotHereStaysPausedAndSaysSo() {
    Sandbox lost = row(SandboxState.PAUSED, false);
    Sandbox resuming = row(SandboxState.RESUMING, false);
    node.paused.incomplete.add(resuming.machine());
    node.useCases.reconciler().reconcile();
    assertThat(state(lost)).isEqualTo(SandboxState.PAUSED);
    assertThat(state(resuming)).isEqualTo(SandboxState.PAUSED);
    assertThat(node.paused.incomplete).containsExactly(resuming.machine());
    node.useCases.sandboxes().kill(node.owner, resuming.id());
    assertThat(node.paused.incomplete).isEmpty();
  }

  @Test
  void aDatabaseThatFailsOnlyDelaysTheWayBack() {
    Sandbox pausing = row(SandboxState.PAUSING, false);
    Sandbox resuming = row(SandboxState.RESUMING, false);
    Sandbox living = row(SandboxState.PAUSING, true);
    for (Sandbox sandbox : List.of(pausing, resuming)) {
      node.paused.seals.put(sandbox.machine(), new PauseSeal(new byte[32], "test"));
    }
    node.store.pauses.refuseAll();
    node.store.transitions.refuseAll();
    node.useCases.reconciler().reconcile();
    node.store.pauses.heal();
    node.store.transitions.heal();
    awaitState(pausing, SandboxState.PAUSED);
    awaitState(resuming, SandboxState.PAUSED);
    awaitReachable(living);
    assertThat(state(living)).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void filesOfNoPausedSandboxAreRemoved() {
    Sandbox running = row(SandboxState.RUNNING, true);
    Sandbox killing = row(SandboxState.KILLING, false);
    for (MachineId machine : List.of(running.machine(), killing.machine(), MachineId.random())) {
      node.paused.seals.put(machine, new PauseSeal(new byte[32], "test"));
    }
    node.useCases.reconciler().reconcile();
    assertThat(node.paused.seals).isEmpty();
    assertThat(state(running)).isEqualTo(SandboxState.RUNNING);
    assertThat(state(killing)).isEqualTo(SandboxState.KILLED);
  }

  @Test
  void machinesNobodyKnowsAreRemovedAndFinishedOnesStay() {
    Sandbox killed = row(SandboxState.KILLED, false);
    MachineId orphan = MachineId.random();
    node.driver.machines.put(orphan, new FakeMachine(orphan));
    node.useCases.reconciler().reconcile();
    assertThat(node.driver.removed).containsExactly(orphan);
    assertThat(state(killed)).isEqualTo(SandboxState.KILLED);
  }

  @Test
  void sandboxesEndThoughTheirMachinesCannotBeRemovedYet() {
    Sandbox lost = row(SandboxState.RUNNING, false);
    Sandbox killing = row(SandboxState.KILLING, true);
    MachineId orphan = MachineId.random();
    node.driver.machines.put(orphan, new FakeMachine(orphan));
    node.driver.removing.refuseAll();
    node.useCases.reconciler().reconcile();
    assertThat(state(lost)).isEqualTo(SandboxState.FAILED);
    assertThat(state(killing)).isEqualTo(SandboxState.KILLED);
    assertThat(node.driver.removed).isEmpty();

    node.driver.removing.heal();
    awaitRemoved(lost.machine(), killing.machine(), orphan);
  }

  @Test
  void endThatCannotBeRecordedYetIsRecordedLater() {
    Sandbox killing = row(SandboxState.KILLING, true);
    node.store.finishes.refusals.set(3);
    node.useCases.reconciler().reconcile();
    awaitRemoved(killing.machine());
    awaitState(killing, SandboxState.KILLED);
  }

  private void awaitState(Sandbox sandbox, SandboxState state) {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> state(sandbox) == state);
  }

  private void awaitReachable(Sandbox sandbox) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(() -> node.useCases.commands().list(node.owner, sandbox.id()).isEmpty());
  }

  private void awaitRemoved(MachineId... machines) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> node.driver.removed.containsAll(Set.of(machines)));
  }

  private Sandbox row(SandboxState state, boolean vmmLives) {
    MachineId machine = MachineId.random();
    if (vmmLives) {
      node.driver.machines.put(machine, new FakeMachine(machine));
    }
    Sandbox sandbox =
        new Sandbox(
            SandboxId.random(),
            node.owner.id(),
            "base",
            state,
            Node.SMALL,
            machine,
            Map.of(),
            Instant.now(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    node.store.put(sandbox);
    return sandbox;
  }

  private SandboxState state(Sandbox sandbox) {
    return node.store.find(node.owner.id(), sandbox.id()).orElseThrow().state();
  }
}
