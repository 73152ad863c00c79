package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pauses and resumes on a node that has one place, so that whoever keeps it is noticed. */
class TestPauses {
  private static final NetworkPolicy OPEN =
      new NetworkPolicy(true, List.of(), List.of(), List.of(), List.of(), false, false);

  private final Node node = new Node(1);
  private final Sandboxes sandboxes = node.useCases.sandboxes();
  private final SandboxPauses pauses = node.useCases.pauses();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void aPausedSandboxGivesItsPlaceAwayAndTakesOneAgain() {
    Sandbox sandbox = create();
    assertThat(pause(sandbox)).isEqualTo(SandboxState.PAUSED);
    assertThat(machine(sandbox).closes).hasValue(1);
    assertThat(row(sandbox).deadline()).isEmpty();
    Sandbox other = create();
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, () -> resume(sandbox));
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.PAUSED);
    sandboxes.kill(node.owner, other.id());
    Instant before = Instant.now();
    assertThat(resume(sandbox)).isEqualTo(SandboxState.RUNNING);
    assertThat(row(sandbox).machine()).isNotEqualTo(sandbox.machine());
    assertThat(row(sandbox).deadline().orElseThrow())
        .isBetween(before.plus(Duration.ofMinutes(5)), Instant.now().plus(Duration.ofMinutes(5)));
    awaitNoFiles();
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
  }

  @Test
  void pausingAPausedOneAndResumingARunningOneChangesNothing() {
    Sandbox sandbox = create();
    assertThat(resume(sandbox)).isEqualTo(SandboxState.RUNNING);
    assertThat(row(sandbox).machine()).isEqualTo(sandbox.machine());
    pause(sandbox);
    assertThat(pause(sandbox)).isEqualTo(SandboxState.PAUSED);
    assertThat(node.paused.seals).hasSize(1);
  }

  @Test
  void aPausedSandboxIsListedAndTakesNoCalls() {
    Sandbox sandbox = create();
    pause(sandbox);
    assertThat(sandboxes.list(node.owner)).extracting(Sandbox::id).containsExactly(sandbox.id());
    assertRefused(
        ErrorCode.SANDBOX_PAUSED, () -> node.useCases.commands().list(node.owner, sandbox.id()));
    assertRefused(
        ErrorCode.SANDBOX_PAUSED,
        () -> node.useCases.files().read(node.owner, sandbox.id(), "/a", "root"));
    assertThat(node.useCases.nodeStatus().status().activeSandboxes()).isZero();
  }

  @Test
  void aStrangerCannotTellItFromAMissingOne() {
    Sandbox sandbox = create();
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> pauses.pause(node.stranger, sandbox.id()));
    pause(sandbox);
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> pauses.resume(node.stranger, sandbox.id()));
  }

  @Test
  void eachAccountHasAKeyOfItsOwnAndEachSandboxAContext() {
    Sandbox first = create();
    pause(first);
    Sandbox second = sandboxes.create(node.stranger, Node.request());
    pauses.pause(node.stranger, second.id());
    PauseSeal one = requireNonNull(node.paused.seals.get(first.machine()));
    PauseSeal other = requireNonNull(node.paused.seals.get(second.machine()));
    assertThat(one.accountKey()).hasSize(32).isNotEqualTo(other.accountKey());
    assertThat(one.context()).contains(first.id().value(), node.owner.id().value());
    assertThat(one.toString()).doesNotContain(Arrays.toString(one.accountKey()));
  }

  @Test
  void oneThatCannotBePausedRunsOnWithItsDeadline() {
    Sandbox sandbox = create();
    machine(sandbox).onPause = refusal(ErrorCode.NO_SPACE);
    assertRefused(ErrorCode.NO_SPACE, () -> pause(sandbox));
    assertThat(row(sandbox)).isEqualTo(sandbox);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    assertThat(machine(sandbox).closes).hasValue(0);
    machine(sandbox).onPause = machine -> {};
    assertThat(pause(sandbox)).isEqualTo(SandboxState.PAUSED);
  }

  @Test
  void oneWhoseVmmDiesDuringAPauseFailsAndIsFreed() {
    Sandbox sandbox = create();
    machine(sandbox).onPause =
        machine -> {
          machine.die("signal 9");
          throw new OmniRunException(ErrorCode.MACHINE_FAILED, "as told");
        };
    assertRefused(ErrorCode.MACHINE_FAILED, () -> pause(sandbox));
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.FAILED);
    assertThat(row(sandbox).failureReason().orElseThrow()).contains("signal 9");
    assertThat(create().state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void aPauseWhoseMachineCannotBeClosedYetIsFinishedLater() {
    Sandbox sandbox = create();
    machine(sandbox).closing.refuseAll();
    assertThat(pause(sandbox)).isEqualTo(SandboxState.PAUSING);
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
    machine(sandbox).closing.heal();
    awaitState(sandbox, SandboxState.PAUSED);
    assertThat(create().state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void writesThatFailOrWhoseAnswersGetLostComeToATrueStateAllTheSame() {
    Sandbox sandbox = create();
    node.store.pauses.lostAnswers.set(1);
    assertRefused(ErrorCode.INTERNAL, () -> pause(sandbox));
    awaitState(sandbox, SandboxState.RUNNING);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    machine(sandbox).onPause = machine -> node.store.pauses.lostAnswers.set(1);
    pause(sandbox);
    awaitState(sandbox, SandboxState.PAUSED);
    node.store.pauses.lostAnswers.set(1);
    assertRefused(ErrorCode.INTERNAL, () -> resume(sandbox));
    awaitState(sandbox, SandboxState.PAUSED);
    node.paused.onResume = () -> node.store.pauses.refusals.set(2);
    resume(sandbox);
    awaitState(sandbox, SandboxState.RUNNING);
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
  }

  @Test
  void aResumeThatFailsLeavesItPausedAndThePlaceFree() {
    Sandbox sandbox = create();
    pause(sandbox);
    node.paused.failure = Optional.of(ErrorCode.MACHINE_FAILED);
    node.driver.removing.refusals.set(2);
    assertRefused(ErrorCode.MACHINE_FAILED, () -> resume(sandbox));
    awaitState(sandbox, SandboxState.PAUSED);
    node.paused.failure = Optional.empty();
    assertThat(resume(sandbox)).isEqualTo(SandboxState.RUNNING);
  }

  @ParameterizedTest
  @EnumSource(names = {"PAUSED_STATE_DAMAGED", "PAUSED_STATE_UNREADABLE"})
  void filesThatDoNotOpenLeaveItPausedAndStay(ErrorCode code) {
    Sandbox sandbox = create();
    pause(sandbox);
    node.paused.failure = Optional.of(code);
    assertRefused(code, () -> resume(sandbox));
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.PAUSED);
    assertThat(node.paused.seals).hasSize(1);
    node.paused.failure = Optional.empty();
    assertThat(resume(sandbox)).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void oneWhosePauseCannotBeTakenBackYetRunsOnLater() {
    Sandbox sandbox = create();
    machine(sandbox).onPause = refusal(ErrorCode.NO_SPACE);
    machine(sandbox).runningOn.refuseAll();
    assertRefused(ErrorCode.NO_SPACE, () -> pause(sandbox));
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.PAUSING);
    machine(sandbox).runningOn.heal();
    awaitState(sandbox, SandboxState.RUNNING);
    assertThat(machine(sandbox).runsOn.get()).isPositive();
    assertThat(machine(sandbox).closes).hasValue(0);
  }

  @Test
  void theDeadlineThatPassesDuringAPauseThatComesToNothingHolds() {
    Sandbox sandbox = createExpiring(Duration.ofSeconds(2), false);
    Instant deadline = sandbox.deadline().orElseThrow();
    node.store.pauses.lostAnswers.set(1);
    node.store.pauses.onLostAnswer =
        () ->
            Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> Instant.now().isAfter(deadline.plusMillis(300)));
    assertRefused(ErrorCode.INTERNAL, () -> pause(sandbox));
    awaitState(sandbox, SandboxState.KILLED);
    assertThat(create().state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void onlyOneOfTwoWhoFreeAMachineGivesItsPlaceBack() {
    Sandbox sandbox = create();
    FakeMachine machine = machine(sandbox);
    machine.onPause = refusal(ErrorCode.NO_SPACE);
    machine.onRunOn = () -> node.store.finds.lostAnswers.set(1);
    node.store.finds.onLostAnswer = () -> dieMeanwhile(machine);
    assertRefused(ErrorCode.NO_SPACE, () -> pause(sandbox));
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> machine.closes.get() > 1);
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.FAILED);
    awaitPlace();
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED, this::create);
  }

  @Test
  void aResumeThatGetsNoLinkClosesItsMachine() {
    Sandbox sandbox = createLinked();
    pause(sandbox);
    node.driver.made.clear();
    node.network.joinRefusals.add(ErrorCode.NETWORK_UNAVAILABLE);
    assertRefused(ErrorCode.NETWORK_UNAVAILABLE, () -> resume(sandbox));
    awaitState(sandbox, SandboxState.PAUSED);
    assertThat(requireNonNull(node.driver.made.poll()).closes).hasValue(1);
    assertThat(resume(sandbox)).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void limitsLeaveItInItsState() {
    Sandbox sandbox = create();
    node.store.pausedLimit = 0;
    assertRefused(ErrorCode.PAUSED_LIMIT, () -> pause(sandbox));
    assertThat(row(sandbox)).isEqualTo(sandbox);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
  }

  @Test
  void aKilledPausedOneLeavesNoFiles() {
    Sandbox sandbox = create();
    pause(sandbox);
    node.paused.deleting.refusals.set(2);
    sandboxes.kill(node.owner, sandbox.id());
    awaitState(sandbox, SandboxState.KILLED);
    assertThat(node.paused.seals).isEmpty();
  }

  @Test
  void aKillDuringAPauseEndsIt() throws Exception {
    Sandbox sandbox = create();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch killed = new CountDownLatch(1);
    machine(sandbox).onPause = machine -> meet(begun, killed);
    CompletableFuture<Void> pause =
        CompletableFuture.runAsync(
            () -> assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> pause(sandbox)),
            Thread::startVirtualThread);
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Void> kill =
        CompletableFuture.runAsync(
            () -> sandboxes.kill(node.owner, sandbox.id()), Thread::startVirtualThread);
    awaitState(sandbox, SandboxState.KILLING);
    killed.countDown();
    pause.get(30, TimeUnit.SECONDS);
    kill.get(30, TimeUnit.SECONDS);
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.KILLED);
    assertThat(node.paused.seals).isEmpty();
    assertThat(create().state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void aKillDuringAResumeEndsIt() throws Exception {
    Sandbox sandbox = create();
    pause(sandbox);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch killed = new CountDownLatch(1);
    node.paused.onResume = () -> meet(begun, killed);
    CompletableFuture<Void> resume =
        CompletableFuture.runAsync(
            () -> assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> resume(sandbox)),
            Thread::startVirtualThread);
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Void> kill =
        CompletableFuture.runAsync(
            () -> sandboxes.kill(node.owner, sandbox.id()), Thread::startVirtualThread);
    awaitState(sandbox, SandboxState.KILLING);
    killed.countDown();
    resume.get(30, TimeUnit.SECONDS);
    kill.get(30, TimeUnit.SECONDS);
    awaitState(sandbox, SandboxState.KILLED);
    awaitNoFiles();
    assertThat(create().state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void aSecondPauseWaitsForTheFirst() throws Exception {
    Sandbox sandbox = create();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    machine(sandbox).onPause = machine -> meet(begun, release);
    CompletableFuture<SandboxState> first =
        CompletableFuture.supplyAsync(() -> pause(sandbox), Thread::startVirtualThread);
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<SandboxState> second =
        CompletableFuture.supplyAsync(() -> pause(sandbox), Thread::startVirtualThread);
    assertRefused(
        ErrorCode.SANDBOX_PAUSED, () -> node.useCases.commands().list(node.owner, sandbox.id()));
    release.countDown();
    assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(SandboxState.PAUSED);
    assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(SandboxState.PAUSED);
  }

  @Test
  void theDeadlineOfOneThatWantsThatPausesIt() {
    Sandbox sandbox = createExpiring(Duration.ofMillis(1));
    awaitState(sandbox, SandboxState.PAUSED);
    assertThat(create().state()).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void aDeadlineWhosePauseIsRefusedDoesNotEndTheSandbox() {
    node.store.pausedLimit = 0;
    Sandbox sandbox = createExpiring(Duration.ofMillis(1));
    Awaitility.await()
        .during(200, TimeUnit.MILLISECONDS)
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> row(sandbox).state() == SandboxState.RUNNING);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    node.store.pausedLimit = 10;
    assertThat(pause(sandbox)).isEqualTo(SandboxState.PAUSED);
  }

  @Test
  void aDeadlineThatWasMovedPausesNothing() {
    Sandbox moved = createExpiring(Duration.ofMillis(100));
    Instant before = row(moved).deadline().orElseThrow();
    node.store.put(row(moved).withDeadline(Optional.of(before.plusMillis(700))));
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> Instant.now().isAfter(before.plusMillis(300)));
    assertThat(row(moved).state()).isEqualTo(SandboxState.RUNNING);
    awaitState(moved, SandboxState.PAUSED);
    assertThat(Instant.now()).isAfterOrEqualTo(before.plusMillis(700));
  }

  @Test
  void aPausedSandboxIsGivenTheLifeThatBeginsWithItsResume() {
    Sandbox sandbox = create();
    pause(sandbox);
    Duration life = Duration.ofHours(3);
    assertThat(sandboxes.setTimeout(node.owner, sandbox.id(), life).deadline()).isEmpty();
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.PAUSED);
    assertThat(row(sandbox).deadline()).isEmpty();
    Instant before = Instant.now();
    resume(sandbox);
    assertThat(row(sandbox).deadline().orElseThrow())
        .isBetween(before.plus(life), Instant.now().plus(life));
  }

  @Test
  void aLifeThatIsSetDuringAPauseWaitsForItsEnd() throws Exception {
    Sandbox sandbox = create();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    machine(sandbox).onPause = machine -> meet(begun, release);
    CompletableFuture<SandboxState> pause =
        CompletableFuture.supplyAsync(() -> pause(sandbox), Thread::startVirtualThread);
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Sandbox> set =
        CompletableFuture.supplyAsync(
            () -> sandboxes.setTimeout(node.owner, sandbox.id(), Duration.ofHours(3)),
            Thread::startVirtualThread);
    release.countDown();
    assertThat(pause.get(30, TimeUnit.SECONDS)).isEqualTo(SandboxState.PAUSED);
    assertThat(set.get(30, TimeUnit.SECONDS).state()).isEqualTo(SandboxState.PAUSED);
    assertThat(row(sandbox).settings().timeout()).isEqualTo(Duration.ofHours(3));
  }

  @Test
  void aKilledPausedOneIsKilledInTheHistoryToo() {
    Sandbox sandbox = create();
    pause(sandbox);
    sandboxes.kill(node.owner, sandbox.id());
    Sandbox ended = sandboxes.history(node.owner, 10, 0).getFirst();
    assertThat(ended.id()).isEqualTo(sandbox.id());
    assertThat(ended.endReason()).contains(EndReason.KILLED);
  }

  private static void dieMeanwhile(FakeMachine machine) {
    machine.die("signal 9");
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> machine.closes.get() > 0);
  }

  private static void meet(CountDownLatch begun, CountDownLatch goOn) {
    begun.countDown();
    try {
      assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Consumer<FakeMachine> refusal(ErrorCode code) {
    return machine -> {
      throw new OmniRunException(code, "as told");
    };
  }

  private Sandbox create() {
    return sandboxes.create(node.owner, Node.request());
  }

  private Sandbox createExpiring(Duration life) {
    return createExpiring(life, true);
  }

  private Sandbox createExpiring(Duration life, boolean autoPause) {
    return create(life, autoPause, NetworkPolicy.AIR_GAP);
  }

  private Sandbox createLinked() {
    return create(Duration.ofHours(1), false, OPEN);
  }

  private Sandbox create(Duration life, boolean autoPause, NetworkPolicy network) {
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
            false,
            network,
            Optional.empty()));
  }

  private SandboxState pause(Sandbox sandbox) {
    return pauses.pause(node.owner, sandbox.id());
  }

  private SandboxState resume(Sandbox sandbox) {
    return pauses.resume(node.owner, sandbox.id());
  }

  private Sandbox row(Sandbox sandbox) {
    return node.store.row(sandbox.id());
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private void awaitState(Sandbox sandbox, SandboxState state) {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> row(sandbox).state() == state);
  }

  private static void assertRefused(ErrorCode code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  /** Creates one as soon as there is a place: a machine is closed before its place is free. */
  private void awaitPlace() {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .ignoreExceptionsMatching(
            e ->
                e instanceof OmniRunException refused
                    && refused.code() == ErrorCode.CAPACITY_EXHAUSTED)
        .until(() -> create().state() == SandboxState.RUNNING);
  }

  /** A resume does not wait for it. */
  private void awaitNoFiles() {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> node.paused.seals.isEmpty());
  }
}
