package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.omnirun.model.Accelerator;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import io.omnirun.model.Vmm;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every engine must do with sandboxes, one caller at a time. */
abstract class BaseSandboxStoreTest extends BaseOpenDatabaseTest {
  private static final Instant LATER = NOON.plus(Duration.ofMinutes(1));

  @Test
  void insertedSandboxIsFoundAsItIs() {
    Sandbox sandbox = creating(insertAccount(database, 1));
    store.insertCreating(sandbox);
    assertThat(store.find(sandbox.account(), sandbox.id())).contains(sandbox);
  }

  @Test
  void whatTheMachineRunsOnIsKeptAsLongAsTheRow() {
    Sandbox plain = creating(insertAccount(database, 1));
    Sandbox known = Samples.on(plain, new MachineKind(Vmm.FIRECRACKER, Accelerator.KVM));
    store.insertCreating(known);
    assertThat(store.find(known.account(), known.id())).contains(known);
    store.finish(
        known.account(),
        known.id(),
        SandboxState.CREATING,
        SandboxState.FAILED,
        NOON,
        Optional.empty());
    assertThat(store.listEnded(known.account(), 1, 0))
        .extracting(Sandbox::machineKind)
        .containsExactly(known.machineKind());
  }

  @Test
  void sandboxWithoutDeadlineHasNone() {
    Sandbox timed = creating(insertAccount(database, 1));
    Sandbox endless =
        new Sandbox(
            timed.id(),
            timed.account(),
            timed.template(),
            timed.state(),
            timed.size(),
            timed.machine(),
            Map.of(),
            timed.startedAt(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    store.insertCreating(endless);
    assertThat(store.find(endless.account(), endless.id())).contains(endless);
  }

  @Test
  void unknownSandboxIsNotFound() {
    assertThat(store.find(insertAccount(database, 1).id(), SandboxId.random())).isEmpty();
  }

  @Test
  void foreignAccountFindsNothingAndMovesNothing() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    AccountId stranger = insertAccount(database, 1).id();
    assertThat(store.find(stranger, sandbox.id())).isEmpty();
    assertThat(store.listLive(stranger)).isEmpty();
    assertThat(store.transition(stranger, sandbox.id(), SandboxState.RUNNING, SandboxState.KILLING))
        .isFalse();
    assertThat(fail(stranger, sandbox.id(), SandboxState.RUNNING, Optional.empty())).isFalse();
    assertThat(store.find(sandbox.account(), sandbox.id())).contains(sandbox);
  }

  @Test
  void foreignAccountCannotMarkASandboxRunning() {
    Sandbox sandbox = creating(insertAccount(database, 1));
    store.insertCreating(sandbox);
    assertThat(store.markRunning(insertAccount(database, 1).id(), sandbox.id())).isFalse();
    assertThat(store.find(sandbox.account(), sandbox.id())).contains(sandbox);
  }

  @Test
  void sandboxIsMarkedRunningOnce() {
    Sandbox sandbox = creating(insertAccount(database, 1));
    store.insertCreating(sandbox);
    assertThat(store.markRunning(sandbox.account(), sandbox.id())).isTrue();
    assertThat(store.markRunning(sandbox.account(), sandbox.id())).isFalse();
    assertThat(store.find(sandbox.account(), sandbox.id()))
        .contains(sandbox.withState(SandboxState.RUNNING));
  }

  @Test
  void creatingSandboxGetsAnotherMachine() {
    Sandbox sandbox = creating(insertAccount(database, 2));
    Sandbox another = creating(new Account(sandbox.account(), "the same", 2));
    store.insertCreating(sandbox);
    store.insertCreating(another);
    MachineId machine = MachineId.random();
    assertThat(store.replaceMachine(sandbox.account(), sandbox.id(), machine)).isTrue();
    assertThat(store.find(sandbox.account(), sandbox.id())).contains(sandbox.withMachine(machine));
    assertThat(store.find(another.account(), another.id())).contains(another);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CREATING")
  void sandboxThatIsNotCreatingKeepsItsMachine(SandboxState state) {
    Sandbox sandbox = insert(database, creating(insertAccount(database, 1)), state);
    assertThat(store.replaceMachine(sandbox.account(), sandbox.id(), MachineId.random())).isFalse();
    assertThat(find(sandbox).machine()).isEqualTo(sandbox.machine());
  }

  @Test
  void foreignAccountCannotReplaceAMachine() {
    Sandbox sandbox = creating(insertAccount(database, 1));
    store.insertCreating(sandbox);
    AccountId stranger = insertAccount(database, 1).id();
    assertThat(store.replaceMachine(stranger, sandbox.id(), MachineId.random())).isFalse();
    assertThat(store.find(sandbox.account(), sandbox.id())).contains(sandbox);
  }

  @Test
  void sandboxInAnotherStateIsNotMoved() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    assertThat(
            store.transition(
                sandbox.account(), sandbox.id(), SandboxState.CREATING, SandboxState.KILLING))
        .isFalse();
    assertThat(
            fail(sandbox.account(), sandbox.id(), SandboxState.KILLING, Optional.of("no reason")))
        .isFalse();
    assertThat(store.find(sandbox.account(), sandbox.id())).contains(sandbox);
  }

  @Test
  void failedSandboxHasItsEndAndItsReason() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    assertThat(fail(sandbox.account(), sandbox.id(), SandboxState.RUNNING, Optional.of("signal 9")))
        .isTrue();
    Sandbox failed = find(sandbox);
    assertThat(failed.state()).isEqualTo(SandboxState.FAILED);
    assertThat(failed.endedAt()).contains(LATER);
    assertThat(failed.failureReason()).contains("signal 9");
  }

  @Test
  void emptyReasonKeepsTheOneItHas() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    fail(sandbox.account(), sandbox.id(), SandboxState.RUNNING, Optional.of("signal 9"));
    boolean dismissed =
        store.finish(
            sandbox.account(),
            sandbox.id(),
            SandboxState.FAILED,
            SandboxState.KILLED,
            LATER,
            Optional.empty());
    assertThat(dismissed).isTrue();
    assertThat(find(sandbox).state()).isEqualTo(SandboxState.KILLED);
    assertThat(find(sandbox).failureReason()).contains("signal 9");
  }

  @Test
  void reasonThatAGuestMadeUpIsBoundedAndStored() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    String hostile = "a\0b\uD800c'\"; DROP TABLE sandbox; -- \uD83D\uDE00" + "x".repeat(1_000_000);
    assertThat(fail(sandbox.account(), sandbox.id(), SandboxState.RUNNING, Optional.of(hostile)))
        .isTrue();
    assertThat(find(sandbox).failureReason().orElseThrow())
        .startsWith("a\uFFFDb\uFFFDc'\"; DROP TABLE sandbox; -- \uD83D\uDE00xxx")
        .hasSizeLessThanOrEqualTo(FailureReasons.MAX_CHARACTERS + 1);
  }

  @Test
  void sandboxesAreThereAfterARestart() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    try (Database reopened = Database.open(new DatabaseConfig(url))) {
      assertThat(reopened.sandboxes(NODE).find(sandbox.account(), sandbox.id())).contains(sandbox);
    }
  }

  @Test
  void callsAgainstTheContractAreRefused() {
    Sandbox running = insertRunning(insertAccount(database, 2));
    assertThatIllegalArgumentException().isThrownBy(() -> store.insertCreating(running));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                store.transition(
                    running.account(), running.id(), SandboxState.RUNNING, SandboxState.KILLED));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                store.finish(
                    running.account(),
                    running.id(),
                    SandboxState.RUNNING,
                    SandboxState.KILLING,
                    LATER,
                    Optional.empty()));
    assertThat(store.find(running.account(), running.id())).contains(running);
  }

  private boolean fail(
      AccountId account, SandboxId id, SandboxState from, Optional<String> reason) {
    return store.finish(account, id, from, SandboxState.FAILED, LATER, reason);
  }

  private Sandbox insertRunning(Account account) {
    return insert(database, creating(account), SandboxState.RUNNING);
  }

  private Sandbox find(Sandbox sandbox) {
    return store.find(sandbox.account(), sandbox.id()).orElseThrow();
  }
}
