package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.Identity;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmGrant.OnSpent;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sandboxes with a key of their own for language models. */
class TestLlmSandboxes {
  private static final LlmGrant REFUSE = grant(OnSpent.REFUSE);
  private static final LlmGrant PAUSE = grant(OnSpent.PAUSE);

  private final Node node = new Node(3);
  private final LlmSandboxes llm = node.useCases.llm();

  private static LlmGrant grant(OnSpent onSpent) {
    return new LlmGrant(List.of("m"), LlmCap.NONE, onSpent);
  }

  @BeforeEach
  void insertOwner() {
    node.accounts.insertAccount(Profile.of(node.owner, Instant.now()), List.of());
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private Sandbox create(Optional<LlmGrant> grant) {
    return create(grant, Map.of(), false);
  }

  private Sandbox create(Optional<LlmGrant> grant, Map<String, String> envs, boolean vaultInject) {
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
                envs,
                Map.of(),
                false,
                false,
                Optional.empty(),
                vaultInject,
                NetworkPolicy.AIR_GAP,
                grant));
  }

  private Identity identity(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine())).identity.orElseThrow();
  }

  private Map<String, String> variables(Sandbox sandbox) {
    return identity(sandbox).environment().variables();
  }

  private String key(Sandbox sandbox) {
    return requireNonNull(variables(sandbox).get("OPENAI_API_KEY"));
  }

  private static void assertUnauthorized(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
  }

  private SandboxState state(Sandbox sandbox) {
    return node.store.row(sandbox.id()).state();
  }

  private void awaitPaused(Sandbox sandbox) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> state(sandbox) == SandboxState.PAUSED);
  }

  @Test
  void aSandboxWithAGrantFindsItsKeyAndTheGatewaysAddress() {
    Sandbox sandbox = create(Optional.of(REFUSE));
    assertThat(key(sandbox)).matches("oml_[0-9a-f]{64}");
    assertThat(variables(sandbox))
        .containsEntry("ANTHROPIC_API_KEY", key(sandbox))
        .containsEntry("OPENAI_BASE_URL", "http://127.0.0.1:49980/llm/v1")
        .containsEntry("ANTHROPIC_BASE_URL", "http://127.0.0.1:49980/llm");
    assertThat(identity(sandbox).callsModels()).isTrue();
    assertThat(sandbox.settings().llm()).contains(REFUSE);
    assertThat(key(sandbox)).isNotEqualTo(key(create(Optional.of(REFUSE))));
  }

  @Test
  void aSandboxWithoutAGrantFindsNothingAndCallsNobody() {
    Sandbox sandbox = create(Optional.empty());
    assertThat(variables(sandbox)).isEmpty();
    assertThat(identity(sandbox).callsModels()).isFalse();
    assertThat(llm.mayCall(sandbox.machine())).isFalse();
    String anothers = key(create(Optional.of(REFUSE)));
    assertUnauthorized(() -> llm.authenticate(sandbox.machine(), anothers));
  }

  @Test
  void whatTheCreatorSendsWinsAndTheVaultDoesNot() {
    node.credentials =
        account -> Map.of("OPENAI_API_KEY", "of the vault", "ANTHROPIC_API_KEY", "too", "A", "b");
    Sandbox sandbox =
        create(Optional.of(REFUSE), Map.of("OPENAI_BASE_URL", "http://mine/v1"), true);
    assertThat(variables(sandbox))
        .containsEntry("OPENAI_BASE_URL", "http://mine/v1")
        .hasEntrySatisfying("OPENAI_API_KEY", key -> assertThat(key).startsWith("oml_"));
    assertThat(identity(sandbox).environment().credentials()).contains(Map.of("A", "b"));
    Sandbox without = create(Optional.empty(), Map.of(), true);
    assertThat(identity(without).environment().credentials().orElseThrow())
        .containsEntry("OPENAI_API_KEY", "of the vault");
  }

  @Test
  void aPooledCloneIsGivenItsKeyLikeAnyOther() {
    node.useCases.pool().keep(Node.GOLDEN, 1);
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> !node.driver.machines.isEmpty());
    Sandbox sandbox = create(Optional.of(REFUSE));
    assertThat(llm.authenticate(sandbox.machine(), key(sandbox)).sandbox()).contains(sandbox.id());
  }

  @Test
  void theKeyTellsWhoCalls() {
    Sandbox sandbox = create(Optional.of(REFUSE));
    assertThat(llm.mayCall(sandbox.machine())).isTrue();
    assertThat(llm.authenticate(sandbox.machine(), key(sandbox)))
        .isEqualTo(LlmCaller.of(node.owner, sandbox.id(), REFUSE));
  }

  @Test
  void noOtherKeyDoes() {
    Sandbox sandbox = create(Optional.of(REFUSE));
    String key = key(sandbox);
    Sandbox another = create(Optional.of(REFUSE));
    for (String wrong :
        List.of(
            key(another),
            key.substring(4),
            key.substring(0, key.length() - 1),
            key + "0",
            key.toUpperCase(Locale.ROOT),
            "",
            "\u00e9")) {
      assertUnauthorized(() -> llm.authenticate(sandbox.machine(), wrong));
    }
    assertUnauthorized(() -> llm.authenticate(another.machine(), key));
    assertUnauthorized(() -> llm.authenticate(MachineId.random(), key));
  }

  @Test
  void theKeyOpensNothingOutside() {
    Sandbox sandbox = create(Optional.of(REFUSE));
    assertUnauthorized(() -> node.useCases.authenticator().authenticate(key(sandbox)));
  }

  @Test
  void theKeyDiesWithItsSandbox() {
    Sandbox sandbox = create(Optional.of(REFUSE));
    String key = key(sandbox);
    node.useCases.sandboxes().kill(node.owner, sandbox.id());
    assertUnauthorized(() -> llm.authenticate(sandbox.machine(), key));
  }

  @Test
  void theKeyGoesOnAfterAPauseOnItsNewMachineOnly() {
    Sandbox sandbox = create(Optional.of(REFUSE));
    String key = key(sandbox);
    node.useCases.pauses().pause(node.owner, sandbox.id());
    assertUnauthorized(() -> llm.authenticate(sandbox.machine(), key));
    node.useCases.pauses().resume(node.owner, sandbox.id());
    assertUnauthorized(() -> llm.authenticate(sandbox.machine(), key));
    MachineId machine = node.store.row(sandbox.id()).machine();
    assertThat(llm.authenticate(machine, key).sandbox()).contains(sandbox.id());
  }

  @Test
  void aGuestThatRunsBeforeItsSandboxIsKnownIsWaitedFor() throws Exception {
    LiveSandboxes live = new LiveSandboxes();
    Sandbox sandbox = create(Optional.of(REFUSE));
    FakeMachine machine = requireNonNull(node.driver.machines.get(sandbox.machine()));
    Thread waiting = Thread.currentThread();
    Thread adding =
        Thread.ofVirtual()
            .start(
                () -> {
                  await().until(() -> waiting.getState() == Thread.State.WAITING);
                  live.add(sandbox, machine);
                });
    assertThat(live.awaitRunningOn(machine.id(), Duration.ofSeconds(30))).isPresent();
    adding.join();
    live.withdraw(sandbox.id());
    Instant before = Instant.now();
    assertThat(live.awaitRunningOn(machine.id(), Duration.ofSeconds(30))).isEmpty();
    assertThat(before).isAfter(Instant.now().minusSeconds(20));
    assertThat(live.awaitRunningOn(MachineId.random(), Duration.ofMillis(10))).isEmpty();
  }

  @Test
  void aSpentCapPausesTheSandboxOnceInItsLife() {
    Sandbox sandbox = create(Optional.of(PAUSE));
    llm.capSpent(sandbox.id());
    llm.capSpent(sandbox.id());
    awaitPaused(sandbox);
    node.useCases.pauses().resume(node.owner, sandbox.id());
    llm.capSpent(sandbox.id());
    assertStaysRunning(sandbox);
  }

  @Test
  void aServerThatIsStartedAnewDoesNotPauseItAgain() {
    Sandbox sandbox = create(Optional.of(PAUSE));
    node.store.markLlmSpent(sandbox.account(), sandbox.id());
    llm.capSpent(sandbox.id());
    assertStaysRunning(sandbox);
  }

  @Test
  void aSpentCapLeavesASandboxAloneWhoseCallsAreToBeRefusedAndOneThatIsNotThere() {
    Sandbox refusing = create(Optional.of(REFUSE));
    Sandbox without = create(Optional.empty());
    llm.capSpent(refusing.id());
    llm.capSpent(without.id());
    llm.capSpent(SandboxId.random());
    assertStaysRunning(refusing);
    assertThat(state(without)).isEqualTo(SandboxState.RUNNING);
  }

  @Test
  void aSandboxThatCannotBePausedRunsOn() {
    node.store.pausedLimit = 0;
    Sandbox sandbox = create(Optional.of(PAUSE));
    llm.capSpent(sandbox.id());
    assertStaysRunning(sandbox);
    node.store.pausedLimit = 1;
    assertThat(node.useCases.pauses().pause(node.owner, sandbox.id()))
        .isEqualTo(SandboxState.PAUSED);
  }

  private void assertStaysRunning(Sandbox sandbox) {
    Awaitility.await()
        .during(Duration.ofMillis(300))
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> state(sandbox) == SandboxState.RUNNING);
  }
}
