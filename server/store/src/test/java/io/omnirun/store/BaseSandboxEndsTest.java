package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.EndReason;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxSettings;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every engine must do with lives, ends and the history of sandboxes. */
abstract class BaseSandboxEndsTest extends BaseOpenDatabaseTest {
  private static final Duration LIFE = Duration.ofMinutes(5);
  private static final Instant DEADLINE = NOON.plus(LIFE);

  private static final Optional<LlmGrant> GRANT =
      Optional.of(
          new LlmGrant(
              List.of("gpt-5", "claude"),
              new LlmCap(OptionalLong.of(15_000_000_001L), OptionalLong.of(9), CapPeriod.TOTAL),
              LlmGrant.OnSpent.PAUSE));

  private static final NetworkPolicy NETWORK =
      new NetworkPolicy(
          true,
          List.of(DomainPattern.parse("*.bücher.example"), DomainPattern.parse("a.example")),
          List.of(DomainPattern.parse("b.a.example")),
          List.of(Ipv4Network.parse("192.0.2.0/24")),
          List.of(Ipv4Network.parse("192.0.2.7")),
          true,
          true);

  @Test
  void aRunningSandboxGetsAnotherNetworkPolicy() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    assertThat(store.setNetwork(sandbox.account(), sandbox.id(), NETWORK)).isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox.withNetwork(NETWORK));
    assertThat(store.setNetwork(sandbox.account(), sandbox.id(), NetworkPolicy.AIR_GAP)).isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox);
    assertThat(store.setNetwork(insertAccount(database, 1).id(), sandbox.id(), NETWORK)).isFalse();
    assertThat(store.beginPause(sandbox.account(), sandbox.id())).isTrue();
    assertThat(store.setNetwork(sandbox.account(), sandbox.id(), NETWORK)).isFalse();
  }

  @Test
  void whatWasChosenIsKept() {
    Sandbox chosen =
        creating(
            insertAccount(database, 1),
            new SandboxSettings(
                LIFE, true, true, Optional.of("app.example:${PORT}"), true, NETWORK, GRANT));
    store.insertCreating(chosen);
    assertThat(store.find(chosen.account(), chosen.id())).contains(chosen);
  }

  @Test
  void aGrantWithoutACapIsKeptToo() {
    Sandbox chosen =
        creating(
            insertAccount(database, 1),
            SandboxSettings.NONE.withLlm(
                Optional.of(new LlmGrant(List.of(), LlmCap.NONE, LlmGrant.OnSpent.REFUSE))));
    store.insertCreating(chosen);
    assertThat(store.find(chosen.account(), chosen.id())).contains(chosen);
  }

  @Test
  void aSpentCapIsNotedOnce() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    Sandbox other = insertRunning(insertAccount(database, 1));
    assertThat(store.markLlmSpent(other.account(), sandbox.id())).isFalse();
    assertThat(store.markLlmSpent(sandbox.account(), sandbox.id())).isTrue();
    assertThat(store.markLlmSpent(sandbox.account(), sandbox.id())).isFalse();
    assertThat(store.markLlmSpent(other.account(), other.id())).isTrue();
  }

  @Test
  void runningSandboxGetsAnotherLife() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    Optional<Instant> later = Optional.of(DEADLINE.plusSeconds(9));
    assertThat(store.setTimeout(sandbox.account(), sandbox.id(), SandboxState.RUNNING, LIFE, later))
        .isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox.withTimeout(LIFE, later));
    assertThat(
            store.setTimeout(
                sandbox.account(),
                sandbox.id(),
                SandboxState.RUNNING,
                Duration.ZERO,
                Optional.empty()))
        .isTrue();
    assertThat(find(sandbox)).isEqualTo(sandbox.withTimeout(Duration.ZERO, Optional.empty()));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RUNNING")
  void sandboxThatDoesNotRunKeepsItsLife(SandboxState state) {
    Sandbox sandbox = insert(database, creating(insertAccount(database, 1)), state);
    assertThat(
            store.setTimeout(
                sandbox.account(), sandbox.id(), SandboxState.RUNNING, LIFE, Optional.empty()))
        .isFalse();
    assertThat(find(sandbox).deadline()).isEqualTo(sandbox.deadline());
  }

  @Test
  void sandboxExpiresAtItsDeadlineAndNotBefore() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    assertThat(expire(sandbox, DEADLINE.minusMillis(1))).isFalse();
    assertThat(find(sandbox)).isEqualTo(sandbox);
    assertThat(expire(sandbox, DEADLINE)).isTrue();
    assertThat(expire(sandbox, DEADLINE)).isFalse();
    assertThat(find(sandbox))
        .isEqualTo(sandbox.withState(SandboxState.KILLING).withEndReason(EndReason.TIMEOUT));
  }

  @Test
  void permanentSandboxNeverExpires() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    store.setTimeout(
        sandbox.account(), sandbox.id(), SandboxState.RUNNING, Duration.ZERO, Optional.empty());
    assertThat(expire(sandbox, Instant.parse("9999-01-01T00:00:00Z"))).isFalse();
  }

  @Test
  void reasonOfAnEndOutlivesIt() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    expire(sandbox, DEADLINE);
    finish(sandbox, SandboxState.KILLING, SandboxState.KILLED, DEADLINE);
    assertThat(find(sandbox).endReason()).contains(EndReason.TIMEOUT);
    assertThat(find(sandbox).endedAt()).contains(DEADLINE);
  }

  @Test
  void failedSandboxThatIsPutOutOfSightHasEndedWhenItFailed() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    finish(sandbox, SandboxState.RUNNING, SandboxState.FAILED, NOON);
    finish(sandbox, SandboxState.FAILED, SandboxState.KILLED, DEADLINE);
    assertThat(find(sandbox).endReason()).contains(EndReason.FAILED);
    assertThat(find(sandbox).endedAt()).contains(NOON);
  }

  @Test
  void foreignAccountEndsAndProlongsNothing() {
    Sandbox sandbox = insertRunning(insertAccount(database, 1));
    AccountId stranger = insertAccount(database, 1).id();
    assertThat(store.beginKilling(stranger, sandbox.id(), SandboxState.RUNNING, EndReason.KILLED))
        .isFalse();
    assertThat(store.beginExpiry(stranger, sandbox.id(), SandboxState.RUNNING, DEADLINE)).isFalse();
    assertThat(
            store.setTimeout(stranger, sandbox.id(), SandboxState.RUNNING, LIFE, Optional.empty()))
        .isFalse();
    assertThat(find(sandbox)).isEqualTo(sandbox);
  }

  @Test
  void historyIsReadPageByPageTheLastEndFirst() {
    Account account = insertAccount(database, 10);
    insertEnded(insertAccount(database, 1), NOON);
    insertRunning(account);
    List<Sandbox> ended = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ended.addFirst(insertEnded(account, NOON.plusSeconds(i)));
    }
    assertThat(store.listEnded(account.id(), 10, 0)).isEqualTo(ended);
    assertThat(store.listEnded(account.id(), 2, 0)).isEqualTo(ended.subList(0, 2));
    assertThat(store.listEnded(account.id(), 2, 4)).isEqualTo(ended.subList(4, 5));
    assertThat(store.listEnded(account.id(), 2, 5)).isEmpty();
  }

  @Test
  void endsOfOneMomentHaveOneOrder() {
    Account account = insertAccount(database, 10);
    for (int i = 0; i < 4; i++) {
      insertEnded(account, NOON);
    }
    List<Sandbox> all = store.listEnded(account.id(), 10, 0);
    List<Sandbox> pages = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      pages.addAll(store.listEnded(account.id(), 1, i));
    }
    assertThat(pages).isEqualTo(all).doesNotHaveDuplicates();
  }

  private Sandbox insertRunning(Account account) {
    return insert(database, creating(account, NOON, Map.of()), SandboxState.RUNNING);
  }

  private Sandbox insertEnded(Account account, Instant endedAt) {
    Sandbox sandbox = insertRunning(account);
    store.beginKilling(sandbox.account(), sandbox.id(), SandboxState.RUNNING, EndReason.KILLED);
    finish(sandbox, SandboxState.KILLING, SandboxState.KILLED, endedAt);
    return find(sandbox);
  }

  private boolean expire(Sandbox sandbox, Instant now) {
    return store.beginExpiry(sandbox.account(), sandbox.id(), SandboxState.RUNNING, now);
  }

  private void finish(Sandbox sandbox, SandboxState from, SandboxState to, Instant at) {
    assertThat(
            database
                .sandboxes(NODE)
                .finish(sandbox.account(), sandbox.id(), from, to, at, Optional.empty()))
        .isTrue();
  }

  private Sandbox find(Sandbox sandbox) {
    return store.find(sandbox.account(), sandbox.id()).orElseThrow();
  }
}
