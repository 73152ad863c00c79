package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxSettings;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The ways of a sandbox into a pause and out of it, on every engine. */
abstract class BaseSandboxPausesTest extends BaseOpenDatabaseTest {
  @Test
  void aSandboxGoesThroughAPauseAndComesBackOnAnotherMachine() {
    Sandbox sandbox = insert(database, creating(insertAccount(database, 1)), SandboxState.RUNNING);
    assertThat(store.beginPause(sandbox.account(), sandbox.id())).isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox.withState(SandboxState.PAUSING));
    assertThat(store.endPause(sandbox.account(), sandbox.id())).isTrue();
    assertThat(find(sandbox))
        .isEqualTo(sandbox.withState(SandboxState.PAUSED).withDeadline(Optional.empty()));
    assertThat(store.beginResume(sandbox.account(), sandbox.id())).isTrue();
    MachineId machine = MachineId.random();
    Optional<Instant> deadline = Optional.of(NOON.plus(Duration.ofHours(1)));
    assertThat(store.endResume(sandbox.account(), sandbox.id(), machine, deadline)).isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox.withMachine(machine).withDeadline(deadline));
  }

  @ParameterizedTest
  @EnumSource(SandboxState.class)
  void eachStepIsTakenFromItsOwnStateOnly(SandboxState state) {
    Sandbox sandbox = insert(database, creating(insertAccount(database, 5)), state);
    AccountId owner = sandbox.account();
    MachineId machine = MachineId.random();
    if (state != SandboxState.RUNNING) {
      assertThat(store.beginPause(owner, sandbox.id())).isFalse();
    }
    if (state != SandboxState.PAUSING) {
      assertThat(store.endPause(owner, sandbox.id())).isFalse();
    }
    if (state != SandboxState.PAUSED) {
      assertThat(store.beginResume(owner, sandbox.id())).isFalse();
    }
    if (state != SandboxState.RESUMING) {
      assertThat(store.endResume(owner, sandbox.id(), machine, Optional.empty())).isFalse();
    }
    assertThat(find(sandbox).state()).isEqualTo(state);
    assertThat(find(sandbox).machine()).isEqualTo(sandbox.machine());
  }

  @Test
  void aForeignAccountMovesNothing() {
    AccountId stranger = insertAccount(database, 5).id();
    Sandbox running = insert(database, creating(insertAccount(database, 5)), SandboxState.RUNNING);
    Sandbox paused = insert(database, creating(insertAccount(database, 5)), SandboxState.PAUSED);
    assertThat(store.beginPause(stranger, running.id())).isFalse();
    assertThat(store.beginResume(stranger, paused.id())).isFalse();
    assertThat(find(running).state()).isEqualTo(SandboxState.RUNNING);
    assertThat(find(paused).state()).isEqualTo(SandboxState.PAUSED);
  }

  @ParameterizedTest
  @EnumSource(SandboxState.class)
  void aSandboxTakesAPausedPlaceExactlyInTheStatesAroundAPause(SandboxState state) {
    Account account = insertAccount(database, 5, 1);
    insert(database, creating(account), state);
    Sandbox second = insert(database, creating(account), SandboxState.RUNNING);
    if (state.isPausedOrNearly()) {
      assertFails(ErrorCode.PAUSED_LIMIT, () -> store.beginPause(account.id(), second.id()));
      assertThat(find(second).state()).isEqualTo(SandboxState.RUNNING);
    } else {
      assertThat(store.beginPause(account.id(), second.id())).isTrue();
    }
  }

  @Test
  void aResumeWaitsForAPlaceAmongTheConcurrentOnes() {
    Account account = insertAccount(database, 1);
    Sandbox paused = insert(database, creating(account), SandboxState.PAUSED);
    Sandbox running = insert(database, creating(account), SandboxState.RUNNING);
    assertThat(
            assertFails(
                ErrorCode.CONCURRENT_LIMIT, () -> store.beginResume(account.id(), paused.id())))
        .hasMessage("concurrent sandbox limit reached");
    assertThat(find(paused).state()).isEqualTo(SandboxState.PAUSED);
    store.transition(account.id(), running.id(), SandboxState.RUNNING, SandboxState.KILLING);
    assertThat(store.beginResume(account.id(), paused.id())).isTrue();
  }

  @Test
  void ofManyResumesAtOnceAsManyAreAdmittedAsThereArePlaces() throws Exception {
    Account account = insertAccount(database, 2);
    List<Callable<Boolean>> resumes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Sandbox paused = insert(database, creating(account), SandboxState.PAUSED);
      resumes.add(() -> isAdmitted(paused));
    }
    assertThat(Race.run(resumes)).filteredOn(it -> it).hasSize(2);
  }

  private boolean isAdmitted(Sandbox paused) {
    try {
      return store.beginResume(paused.account(), paused.id());
    } catch (OmniRunException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.CONCURRENT_LIMIT);
      return false;
    }
  }

  @Test
  void aDeadlinePausesWhenItHasPassedAndNotBefore() {
    Sandbox sandbox = insert(database, creating(insertAccount(database, 1)), SandboxState.RUNNING);
    AccountId owner = sandbox.account();
    Instant deadline = NOON.plusSeconds(60);
    Duration life = Duration.ofSeconds(60);
    store.setTimeout(owner, sandbox.id(), SandboxState.RUNNING, life, Optional.of(deadline));
    assertThat(store.beginExpiryPause(owner, sandbox.id(), deadline.minusMillis(1))).isFalse();
    assertThat(find(sandbox).state()).isEqualTo(SandboxState.RUNNING);
    assertThat(store.beginExpiryPause(owner, sandbox.id(), deadline)).isTrue();
    assertThat(store.beginExpiryPause(owner, sandbox.id(), deadline)).isFalse();
    assertThat(find(sandbox).state()).isEqualTo(SandboxState.PAUSING);
  }

  @Test
  void aDeadlinePausesNoMoreSandboxesThanTheAccountMayHave() {
    Account account = insertAccount(database, 5, 0);
    Sandbox sandbox = insert(database, creating(account), SandboxState.RUNNING);
    Instant late = Instant.parse("9999-01-01T00:00:00Z");
    assertFails(
        ErrorCode.PAUSED_LIMIT, () -> store.beginExpiryPause(account.id(), sandbox.id(), late));
    assertThat(find(sandbox)).isEqualTo(sandbox);
  }

  @Test
  void aPausedSandboxGetsAnotherLifeAndNoDeadline() {
    Sandbox sandbox = insert(database, creating(insertAccount(database, 1)), SandboxState.PAUSED);
    Duration life = Duration.ofSeconds(77);
    assertThat(
            store.setTimeout(
                sandbox.account(), sandbox.id(), SandboxState.PAUSED, life, Optional.empty()))
        .isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox.withTimeout(life, Optional.empty()));
  }

  @Test
  void whatTheOwnerHasChosenIsKept() {
    Sandbox chosen =
        creating(
            insertAccount(database, 1),
            new SandboxSettings(
                Duration.ofSeconds(77),
                true,
                false,
                Optional.empty(),
                false,
                NetworkPolicy.AIR_GAP,
                Optional.empty()));
    store.insertCreating(chosen);
    assertThat(find(chosen)).isEqualTo(chosen);
  }

  @Test
  void limitOfPausedSandboxesIsKept() {
    Account account = insertAccount(database, 3, 7);
    assertThat(database.accounts().findAccount(account.id())).contains(account);
  }

  private Sandbox find(Sandbox sandbox) {
    return store.find(sandbox.account(), sandbox.id()).orElseThrow();
  }
}
