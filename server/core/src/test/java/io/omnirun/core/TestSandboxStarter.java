package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.HostLinks;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.net.Inet4Address;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a create whose machine does not take its identity. */
class TestSandboxStarter {
  private final Node node = new Node(2);
  private final Sandboxes sandboxes = node.useCases.sandboxes();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void pooledCloneThatBreaksIsReplacedByAFreshOne() throws Exception {
    FakeMachine broken = pooledClone();
    broken.identityRefusal = Optional.of(ErrorCode.GUEST_UNREACHABLE);
    Sandbox sandbox = create();
    assertThat(sandbox.state()).isEqualTo(SandboxState.RUNNING);
    assertThat(sandbox.machine()).isNotEqualTo(broken.id());
    assertThat(node.store.row(sandbox.id())).isEqualTo(sandbox);
    assertThat(node.useCases.commands().list(node.owner, sandbox.id())).isEmpty();
    assertThat(broken.closes).hasValue(1);
  }

  @Test
  void rowNamesTheFreshMachineBeforeItExists() throws Exception {
    FakeMachine broken = pooledClone();
    broken.identityRefusal = Optional.of(ErrorCode.MACHINE_FAILED);
    Set<MachineId> namedBefore = ConcurrentHashMap.newKeySet();
    node.driver.onClone =
        id ->
            node.store.listUnfinished().stream()
                .map(Sandbox::machine)
                .filter(id::equals)
                .forEach(namedBefore::add);
    Sandbox sandbox = create();
    assertThat(namedBefore).containsExactly(sandbox.machine());
  }

  @Test
  void freshCloneThatBreaksTooFailsTheCreate() throws Exception {
    FakeMachine broken = pooledClone();
    broken.identityRefusal = Optional.of(ErrorCode.GUEST_UNREACHABLE);
    node.driver.identityRefusal = Optional.of(ErrorCode.MACHINE_FAILED);
    assertRefused(ErrorCode.MACHINE_FAILED);
    Sandbox failed = node.store.only();
    assertThat(failed.state()).isEqualTo(SandboxState.FAILED);
    assertThat(requireNonNull(node.driver.machines.get(failed.machine())).closes).hasValue(1);
    assertThat(broken.closes).hasValue(1);
  }

  @Test
  void whatAFailedCloneLeftIsRemovedThoughTheLauncherIsAwayAtFirst() {
    node.driver.broken.add(Node.GOLDEN.template());
    node.driver.removing.refusals.set(3);
    assertRefused(ErrorCode.MACHINE_FAILED);
    MachineId left = node.store.only().machine();
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> node.driver.removed.contains(left));
  }

  @Test
  void requestThatNoGuestTakesIsRefusedAtOnce() throws Exception {
    FakeMachine pooled = pooledClone();
    pooled.identityRefusal = Optional.of(ErrorCode.COMMAND_TOO_LARGE);
    assertRefused(ErrorCode.COMMAND_TOO_LARGE);
    assertThat(node.store.only().machine()).isEqualTo(pooled.id());
    assertThat(node.store.only().state()).isEqualTo(SandboxState.FAILED);
    assertThat(pooled.closes).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"NETWORK_UNAVAILABLE", "LAUNCHER_UNAVAILABLE"})
  void aHostThatRefusesALinkIsNotAskedTwice(ErrorCode refusal) throws Exception {
    FakeMachine pooled = pooledClone();
    node.network.joinRefusals.add(refusal);
    assertRefused(refusal, linked());
    assertThat(node.network.calls).containsOnlyOnce("join");
    assertThat(node.store.only().machine()).isEqualTo(pooled.id());
    assertThat(pooled.closes).hasValue(1);
  }

  @Test
  void aLinkThatIsKnownBeforehandIsMadeWhileTheGuestIsTold() throws Exception {
    FakeMachine pooled = pooledClone();
    pooled.foreseenLink = Optional.of(FakeGuestNetwork.LINK);
    CountDownLatch both = new CountDownLatch(2);
    Runnable meet =
        () -> {
          both.countDown();
          assertThat(awaitUninterruptibly(both)).as("done one after the other").isTrue();
        };
    node.network.onJoin = meet;
    pooled.onIdentity = meet;
    Sandbox sandbox = sandboxes.create(node.owner, linked());
    assertThat(sandbox.state()).isEqualTo(SandboxState.RUNNING);
    assertThat(pooled.link).contains(node.network.foresee(FakeGuestNetwork.LINK));
    assertThat(node.network.machines).containsEntry(sandbox.id(), pooled.id());
  }

  @Test
  void aHostThatRefusesTheLinkThatTheGuestWasToldOfFailsTheCreate() throws Exception {
    FakeMachine pooled = pooledClone();
    pooled.foreseenLink = Optional.of(FakeGuestNetwork.LINK);
    node.network.joinRefusals.add(ErrorCode.NETWORK_UNAVAILABLE);
    assertRefused(ErrorCode.NETWORK_UNAVAILABLE, linked());
    assertThat(pooled.closes).hasValue(1);
    assertThat(node.network.calls).containsExactly("join", "forget");
  }

  @Test
  void aCloneThatBreaksWhileItIsLinkedIsLeftBehindWithoutALink() throws Exception {
    FakeMachine broken = pooledClone();
    broken.foreseenLink = Optional.of(FakeGuestNetwork.LINK);
    broken.identityRefusal = Optional.of(ErrorCode.GUEST_UNREACHABLE);
    node.network.onJoin = () -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    Sandbox sandbox = sandboxes.create(node.owner, linked());
    assertThat(sandbox.machine()).isNotEqualTo(broken.id());
    assertThat(node.network.calls).containsExactly("join", "forget", "join");
    assertThat(node.network.machines).containsEntry(sandbox.id(), sandbox.machine());
  }

  @Test
  void aLinkThatIsAnotherThanTheGuestWasToldOfIsNotUsed() throws Exception {
    FakeMachine pooled = pooledClone();
    pooled.foreseenLink =
        Optional.of(
            new HostLinks.Link(
                Inet4Address.ofLiteral("198.51.100.2"),
                30,
                Inet4Address.ofLiteral("198.51.100.1")));
    Sandbox sandbox = sandboxes.create(node.owner, linked());
    assertThat(sandbox.machine()).isNotEqualTo(pooled.id());
    assertThat(pooled.closes).hasValue(1);
  }

  private static boolean awaitUninterruptibly(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void aCloneThatDiedAsItWasLinkedIsReplaced() throws Exception {
    FakeMachine dead = pooledClone();
    node.network.joinRefusals.add(ErrorCode.MACHINE_FAILED);
    Sandbox sandbox = sandboxes.create(node.owner, linked());
    assertThat(sandbox.machine()).isNotEqualTo(dead.id());
  }

  @Test
  void brokenCloneThatCannotBeFreedYetKeepsAPlaceUntilItIs() throws Exception {
    FakeMachine broken = pooledClone();
    broken.identityRefusal = Optional.of(ErrorCode.GUEST_UNREACHABLE);
    broken.closing.refuseAll();
    create();
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED);
    broken.closing.heal();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .ignoreExceptionsInstanceOf(OmniRunException.class)
        .until(() -> create().state() == SandboxState.RUNNING);
    assertRefused(ErrorCode.CAPACITY_EXHAUSTED);
    assertThat(broken.closes).hasValue(1);
  }

  @Test
  void failureThatCannotBeRecordedIsTriedAgain() {
    node.driver.identityRefusal = Optional.of(ErrorCode.GUEST_UNREACHABLE);
    node.store.finishes.refusals.set(3);
    assertRefused(ErrorCode.GUEST_UNREACHABLE);
    awaitFailed();
    assertThat(node.store.only().failureReason()).contains("could not be created: as told");
  }

  @Test
  void createWhoseLastAnswerGotLostLeavesNothingRunning() {
    node.store.marks.lostAnswers.set(1);
    assertRefused(ErrorCode.INTERNAL);
    awaitFailed();
    assertThat(node.driver.made.remove().closes).hasValue(1);
    assertThat(node.useCases.nodeStatus().status().activeSandboxes()).isZero();
  }

  @Test
  void cloneThatARowMayNameIsNotHandedOutAgain() throws Exception {
    FakeMachine pooled = pooledClone();
    node.store.inserts.lostAnswers.set(1);
    assertRefused(ErrorCode.INTERNAL);
    awaitFailed();
    assertThat(node.store.only().machine()).isEqualTo(pooled.id());
    assertThat(pooled.closes).hasValue(1);
    assertThat(create().machine()).isNotEqualTo(pooled.id());
  }

  private void awaitFailed() {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> node.store.only().state() == SandboxState.FAILED);
  }

  private FakeMachine pooledClone() throws InterruptedException {
    node.useCases.pool().keep(Node.GOLDEN, 1);
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> node.useCases.pool().readyCount(Node.GOLDEN) == 1);
    return node.driver.made.take();
  }

  private Sandbox create() {
    return sandboxes.create(node.owner, Node.request());
  }

  private static CreateRequest linked() {
    return new CreateRequest(
        "base",
        Optional.empty(),
        0,
        0,
        0,
        Map.of(),
        Map.of(),
        false,
        false,
        Optional.empty(),
        false,
        new NetworkPolicy(true, List.of(), List.of(), List.of(), List.of(), false, false),
        Optional.empty());
  }

  private void assertRefused(ErrorCode code) {
    assertRefused(code, Node.request());
  }

  private void assertRefused(ErrorCode code, CreateRequest request) {
    assertThatThrownBy(() -> sandboxes.create(node.owner, request))
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
