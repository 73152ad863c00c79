package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestSandboxes {
  private final Node node = new Node(10);
  private final Sandboxes sandboxes = node.useCases.sandboxes();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void createdSandboxRunsWithAnIdentity() {
    Sandbox sandbox = sandboxes.create(node.owner, Node.request());
    assertThat(sandbox.state()).isEqualTo(SandboxState.RUNNING);
    assertThat(sandboxes.get(node.owner, sandbox.id()).state()).isEqualTo(SandboxState.RUNNING);
    assertThat(machine(sandbox).identities).hasValue(1);
  }

  @Test
  void sandboxKeepsWhatItsMachineRunsOn() {
    Optional<MachineKind> kind = Optional.of(FakeMachineDriver.PLATFORM.kind());
    Sandbox sandbox = sandboxes.create(node.owner, Node.request());
    assertThat(sandbox.machineKind()).isEqualTo(kind);
    node.useCases.pauses().pause(node.owner, sandbox.id());
    node.useCases.pauses().resume(node.owner, sandbox.id());
    assertThat(sandboxes.get(node.owner, sandbox.id()).machineKind()).isEqualTo(kind);
    sandboxes.kill(node.owner, sandbox.id());
    assertThat(sandboxes.history(node.owner, 1, 0).getFirst().machineKind()).isEqualTo(kind);
    assertThat(node.useCases.nodeStatus().status().machines())
        .isEqualTo(FakeMachineDriver.PLATFORM);
  }

  @Test
  void killFreesTheMachineOnceAndASecondKillFindsNothing() {
    Sandbox sandbox = sandboxes.create(node.owner, Node.request());
    FakeMachine machine = machine(sandbox);
    sandboxes.kill(node.owner, sandbox.id());
    assertThat(machine.closes).hasValue(1);
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> sandboxes.kill(node.owner, sandbox.id()));
    assertThat(machine.closes).hasValue(1);
  }

  @Test
  void strangerFindsNothing() {
    Sandbox sandbox = sandboxes.create(node.owner, Node.request());
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> sandboxes.get(node.stranger, sandbox.id()));
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> sandboxes.kill(node.stranger, sandbox.id()));
    assertRefused(
        ErrorCode.SANDBOX_NOT_FOUND,
        () -> node.useCases.commands().list(node.stranger, sandbox.id()));
  }

  @Test
  void deadMachineFailsItsSandboxAndIsFreed() {
    Sandbox sandbox = sandboxes.create(node.owner, Node.request());
    FakeMachine machine = machine(sandbox);
    machine.die("signal 9");
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> sandboxes.get(node.owner, sandbox.id()).state() == SandboxState.FAILED);
    assertThat(sandboxes.get(node.owner, sandbox.id()).failureReason()).contains("signal 9");
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> machine.closes.get() == 1);
    assertRefused(
        ErrorCode.SANDBOX_NOT_RUNNING,
        () -> node.useCases.commands().list(node.owner, sandbox.id()));
    sandboxes.kill(node.owner, sandbox.id());
    assertRefused(ErrorCode.SANDBOX_NOT_FOUND, () -> sandboxes.get(node.owner, sandbox.id()));
  }

  @Test
  void deadlineEndsTheSandbox() {
    Sandbox sandbox =
        sandboxes.create(
            node.owner,
            new CreateRequest(
                "base", Optional.of(Duration.ofMillis(50)), 0, 0, Map.of(), Map.of()));
    FakeMachine machine = machine(sandbox);
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> machine.closes.get() == 1);
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> node.store.only().state() == SandboxState.KILLED);
  }

  @Test
  void refusedCreatesLeaveThePoolAlone() {
    MachinePool pool = node.useCases.pool();
    pool.keep(Node.GOLDEN, 1);
    for (int i = 0; i < 3; i++) {
      awaitReady(Node.GOLDEN);
      sandboxes.create(node.owner, Node.request());
    }
    awaitReady(Node.GOLDEN);
    for (int i = 0; i < 20; i++) {
      assertRefused(ErrorCode.CONCURRENT_LIMIT, () -> sandboxes.create(node.owner, Node.request()));
      assertThat(pool.readyCount(Node.GOLDEN)).isEqualTo(1);
    }
    GoldenSnapshot other = new GoldenSnapshot("0123456789abcdef", "other", Node.SMALL);
    pool.keep(other, 1);
    awaitReady(other);
    assertThat(node.driver.made).hasSize(3 + 1 + 1);
    assertThat(node.store.listUnfinished()).hasSize(3);
  }

  /**
   * The pool makes what it lacks in order: the other's clone is there, so this one had its turn.
   */
  @Test
  void aCloneIsReplacedOnlyWhenItsSandboxRuns() {
    MachinePool pool = node.useCases.pool();
    pool.keep(Node.GOLDEN, 1);
    awaitReady(Node.GOLDEN);
    GoldenSnapshot other = new GoldenSnapshot("0123456789abcdef", "other", Node.SMALL);
    List<Integer> madeMeanwhile = new CopyOnWriteArrayList<>();
    node.driver.made.element().onIdentity =
        () -> {
          pool.keep(other, 1);
          awaitReady(other);
          madeMeanwhile.add(node.driver.made.size());
        };
    sandboxes.create(node.owner, Node.request());
    assertThat(madeMeanwhile).as("itself and the other's").containsExactly(2);
    awaitReady(Node.GOLDEN);
  }

  @Test
  void guestThatRefusesItsIdentityIsFreedAndItsSandboxFailed() {
    node.driver.identityRefusal = Optional.of(ErrorCode.GUEST_UNREACHABLE);
    assertRefused(ErrorCode.GUEST_UNREACHABLE, () -> sandboxes.create(node.owner, Node.request()));
    assertThat(node.driver.made.remove().closes).hasValue(1);
    assertThat(node.store.only().state()).isEqualTo(SandboxState.FAILED);
  }

  @Test
  void fullHostFreesTheSlotItTook() throws Exception {
    try (Node small = new Node(1)) {
      small.driver.full = true;
      assertRefused(
          ErrorCode.CAPACITY_EXHAUSTED,
          () -> small.useCases.sandboxes().create(small.owner, Node.request()));
      small.driver.full = false;
      Sandbox first = small.useCases.sandboxes().create(small.owner, Node.request());
      assertRefused(
          ErrorCode.CAPACITY_EXHAUSTED,
          () -> small.useCases.sandboxes().create(small.owner, Node.request()));
      small.useCases.sandboxes().kill(small.owner, first.id());
      small.useCases.sandboxes().create(small.owner, Node.request());
    }
  }

  @Test
  void sizeRoundsUpOrIsRefused() {
    CreateRequest more = new CreateRequest("alias", Optional.empty(), 2, 300, Map.of(), Map.of());
    assertThat(sandboxes.create(node.owner, more).size()).isEqualTo(Node.LARGE);
    CreateRequest tooMuch =
        new CreateRequest("base", Optional.empty(), 0, 1025, Map.of(), Map.of());
    assertRefused(ErrorCode.SIZE_NOT_AVAILABLE, () -> sandboxes.create(node.owner, tooMuch));
    assertThat(sandboxes.create(node.owner, Node.requestWithDisk(64)).size()).isEqualTo(Node.SMALL);
    assertThat(sandboxes.create(node.owner, Node.requestWithDisk(65)).size()).isEqualTo(Node.LARGE);
    assertRefused(
        ErrorCode.SIZE_NOT_AVAILABLE,
        () -> sandboxes.create(node.owner, Node.requestWithDisk(129)));
    CreateRequest unknown = new CreateRequest("none", Optional.empty(), 0, 0, Map.of(), Map.of());
    assertRefused(ErrorCode.TEMPLATE_NOT_FOUND, () -> sandboxes.create(node.owner, unknown));
  }

  @Test
  void createThatALimitRefusesOpensNoVault() {
    AtomicInteger opened = new AtomicInteger();
    node.credentials =
        account -> {
          opened.incrementAndGet();
          return Map.of("A", "secret");
        };
    for (int i = 0; i < 3; i++) {
      sandboxes.create(node.owner, Node.requestWithVault());
    }
    assertThat(opened).hasValue(3);
    assertRefused(
        ErrorCode.CONCURRENT_LIMIT, () -> sandboxes.create(node.owner, Node.requestWithVault()));
    assertThat(opened).hasValue(3);
  }

  @Test
  void vaultThatDoesNotOpenFailsItsSandboxAndFreesItsPlaceAndItsClone() throws Exception {
    try (Node small = new Node(1)) {
      small.useCases.pool().keep(Node.GOLDEN, 1);
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> small.useCases.pool().readyCount(Node.GOLDEN) == 1);
      FakeMachine pooled = small.driver.made.element();
      small.credentials =
          account -> {
            throw new OmniRunException(ErrorCode.VAULT_UNREADABLE, "it does not open");
          };
      assertRefused(
          ErrorCode.VAULT_UNREADABLE,
          () -> small.useCases.sandboxes().create(small.owner, Node.requestWithVault()));
      assertThat(small.store.only().state()).isEqualTo(SandboxState.FAILED);
      assertThat(pooled.closes).hasValue(1);
      small.useCases.sandboxes().create(small.owner, Node.request());
    }
  }

  private void awaitReady(GoldenSnapshot golden) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> node.useCases.pool().readyCount(golden) == 1);
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }

  private static void assertRefused(ErrorCode code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
