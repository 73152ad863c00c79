package io.omnirun.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.DomainPattern;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestNetworks {
  private static final NetworkPolicy OPEN =
      new NetworkPolicy(true, List.of(), List.of(), List.of(), List.of(), false, false);
  private static final Networks.Lists LISTED =
      new Networks.Lists(
          List.of(DomainPattern.parse("example.com")),
          List.of(),
          List.of(Ipv4Network.parse("192.0.2.0/24")),
          List.of());
  private static final Networks.Lists EMPTY =
      new Networks.Lists(List.of(), List.of(), List.of(), List.of());

  private final Node node = new Node(3);
  private final Networks networks = node.useCases.networks();

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void aLinkIsThereBeforeTheGuestIsAnybodyAndGoesWithItsMachine() {
    Sandbox sandbox = create(OPEN);
    assertThat(node.network.policies).containsExactly(Map.entry(sandbox.id(), OPEN));
    assertThat(node.network.machines).containsEntry(sandbox.id(), sandbox.machine());
    assertThat(machine(sandbox).link).isPresent();
    node.useCases.sandboxes().kill(node.owner, sandbox.id());
    assertThat(node.network.policies).isEmpty();
    assertThat(node.network.calls).containsExactly("join", "forget");
  }

  @Test
  void anAirGappedOneIsNeverLinked() {
    Sandbox sandbox = create(NetworkPolicy.AIR_GAP);
    assertThat(node.network.calls).isEmpty();
    assertThat(machine(sandbox).link).isEmpty();
    refused(ErrorCode.SANDBOX_AIR_GAPPED, sandbox, LISTED);
  }

  @Test
  void aHostWithoutLinksRefusesBeforeAnythingIsMade() {
    node.network.refusal = Optional.of(ErrorCode.NETWORK_UNAVAILABLE);
    assertThatThrownBy(() -> create(OPEN))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NETWORK_UNAVAILABLE));
    assertThat(node.store.listUnfinished()).isEmpty();
    assertThat(node.driver.machines).isEmpty();
    create(NetworkPolicy.AIR_GAP);
  }

  @Test
  void aPausedOneHasNoLinkAndAResumedOneAnotherUnderItsPolicy() {
    Sandbox sandbox = create(OPEN);
    NetworkPolicy changed = networks.change(node.owner, sandbox.id(), LISTED);
    node.useCases.pauses().pause(node.owner, sandbox.id());
    assertThat(node.network.policies).isEmpty();
    refused(ErrorCode.SANDBOX_PAUSED, sandbox, EMPTY);
    node.useCases.pauses().resume(node.owner, sandbox.id());
    Sandbox resumed = row(sandbox);
    assertThat(node.network.policies).containsEntry(sandbox.id(), changed);
    assertThat(node.network.machines).containsEntry(sandbox.id(), resumed.machine());
    assertThat(machine(resumed).link).isPresent();
  }

  @Test
  void aChangeReplacesAllListsDurably() {
    Sandbox sandbox = create(OPEN);
    NetworkPolicy changed = networks.change(node.owner, sandbox.id(), LISTED);
    assertThat(changed.mode()).isEqualTo(NetworkPolicy.Mode.LISTED);
    assertThat(node.network.policies).containsEntry(sandbox.id(), changed);
    assertThat(row(sandbox).settings().network()).isEqualTo(changed);
    assertThat(networks.change(node.owner, sandbox.id(), EMPTY)).isEqualTo(OPEN);
  }

  @Test
  void aRefusedChangeLeavesTheFormerPolicy() {
    Sandbox sandbox = create(OPEN);
    node.network.refusal = Optional.of(ErrorCode.NETWORK_UNAVAILABLE);
    refused(ErrorCode.NETWORK_UNAVAILABLE, sandbox, LISTED);
    node.network.refusal = Optional.empty();
    assertThat(row(sandbox).settings().network()).isEqualTo(OPEN);
    assertThatThrownBy(() -> networks.change(node.stranger, sandbox.id(), LISTED))
        .isInstanceOf(OmniRunException.class);
    assertThat(node.network.policies).containsEntry(sandbox.id(), OPEN);
  }

  @Test
  void aChangeThatTheHostMadeWithoutAnAnswerIsTakenBack() {
    Sandbox sandbox = create(OPEN);
    node.network.changes.lostAnswers.set(1);
    node.network.changes.onLostAnswer = () -> node.network.changes.refusals.set(2);
    refused(ErrorCode.INTERNAL, sandbox, LISTED);
    assertThat(row(sandbox).settings().network()).isEqualTo(OPEN);
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> OPEN.equals(node.network.policies.get(sandbox.id())));
  }

  @Test
  void aChangeOfWhichTheStoreMayKnowIsWhatItsRowSays() {
    Sandbox sandbox = create(OPEN);
    node.store.networks.lostAnswers.set(1);
    refused(ErrorCode.INTERNAL, sandbox, LISTED);
    assertThat(node.network.policies)
        .containsEntry(sandbox.id(), row(sandbox).settings().network());
    node.store.networks.refusals.set(1);
    refused(ErrorCode.INTERNAL, sandbox, EMPTY);
    assertThat(node.network.policies)
        .containsEntry(sandbox.id(), row(sandbox).settings().network());
  }

  @Test
  void aSandboxThatHasEndedIsNotTakenBack() {
    Sandbox sandbox = create(OPEN);
    node.network.changes.refuseAll();
    refused(ErrorCode.INTERNAL, sandbox, LISTED);
    node.useCases.sandboxes().kill(node.owner, sandbox.id());
    node.network.changes.heal();
    Sandbox other = create(OPEN);
    networks.change(node.owner, other.id(), LISTED);
    assertThat(node.network.policies).containsOnlyKeys(other.id());
  }

  @Test
  void aLinkIsTakenUpUnderThePolicyThatItsRowHasByThen() {
    Sandbox sandbox = create(OPEN);
    NetworkPolicy since = LISTED.of(OPEN);
    node.network.leave(sandbox.id());
    machine(sandbox).link = Optional.empty();
    node.network.rejoins.lostAnswers.set(1);
    node.network.rejoins.onLostAnswer =
        () -> node.store.setNetwork(sandbox.account(), sandbox.id(), since);
    node.useCases.reconciler().reconcile();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> since.equals(node.network.policies.get(sandbox.id())));
  }

  @Test
  void aListedOneMustKeepSomethingThatIsAllowed() {
    NetworkPolicy listed =
        new NetworkPolicy(
            false, LISTED.allowDomains(), List.of(), List.of(), List.of(), false, false);
    Sandbox sandbox = create(listed);
    refused(ErrorCode.INVALID_REQUEST, sandbox, EMPTY);
    assertThat(row(sandbox).settings().network()).isEqualTo(listed);
  }

  @Test
  void aRestartedServerTakesTheLinkUp() {
    Sandbox sandbox = create(OPEN);
    node.network.calls.clear();
    node.network.leave(sandbox.id());
    assertThat(row(sandbox).state()).isEqualTo(SandboxState.RUNNING);
    node.useCases.reconciler().reconcile();
    assertThat(node.network.calls).containsExactly("rejoin");
    Awaitility.await("the guest may never have learned of its link")
        .until(() -> machine(sandbox).link.isPresent());
    assertThat(node.network.policies).containsEntry(sandbox.id(), OPEN);
  }

  private void refused(ErrorCode code, Sandbox sandbox, Networks.Lists lists) {
    assertThatThrownBy(() -> networks.change(node.owner, sandbox.id(), lists))
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private Sandbox create(NetworkPolicy policy) {
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
                Map.of(),
                Map.of(),
                false,
                false,
                Optional.empty(),
                false,
                policy,
                Optional.empty()));
  }

  private Sandbox row(Sandbox sandbox) {
    return node.store.find(sandbox.account(), sandbox.id()).orElseThrow();
  }

  private FakeMachine machine(Sandbox sandbox) {
    return requireNonNull(node.driver.machines.get(sandbox.machine()));
  }
}
