package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.AuditQuery;
import io.omnirun.core.ports.DeliveryQueue;
import io.omnirun.core.ports.ExposureStore;
import io.omnirun.core.ports.ExposureStore.Limits;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.Delivery;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventType;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.ExposureStatus;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxSettings;
import io.omnirun.model.SandboxState;
import io.omnirun.model.Visibility;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with exposures. */
abstract class BaseExposureStoreTest extends BaseOpenDatabaseTest {
  private static final int ROUNDS = 20;
  private static final int RACERS = 4;
  private static final Limits ROOMY = new Limits(10, 10, 10);
  private static final Instant END = NOON.plus(Duration.ofHours(1));
  private static final Instant FAR = NOON.plus(Duration.ofDays(1_000));
  private static final Instant LATER = NOON.plus(Duration.ofMinutes(10));
  private static final String URL = "https://calm-otter.preview.example/";

  private final AtomicInteger news = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private ExposureStore exposures;

  @SuppressWarnings("NullAway.Init")
  private Account account;

  @SuppressWarnings("NullAway.Init")
  private Sandbox sandbox;

  @BeforeEach
  void runSandbox() {
    Clock clock = Clock.fixed(LATER, ZoneOffset.UTC);
    exposures = database.exposures(NODE, clock, news::incrementAndGet);
    store = database.sandboxes(NODE, clock, () -> {});
    news.set(0);
    exposures.prune(FAR, Integer.MAX_VALUE);
    account = insertAccount(database, 10);
    sandbox = run(account);
  }

  @Test
  void exposureIsFoundAsItIsByItsAccountAlone() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    assertThat(find(exposure)).isEqualTo(exposure);
    assertThat(exposures.list(account.id(), sandbox.id(), 10)).containsExactly(exposure);
    assertThat(exposures.findBySlug(exposure.slug())).contains(exposure);
    AccountId stranger = insertAccount(database, 1).id();
    assertThat(exposures.find(stranger, sandbox.id(), exposure.id())).isEmpty();
    assertThat(exposures.find(account.id(), SandboxId.random(), exposure.id())).isEmpty();
    assertThat(exposures.list(stranger, sandbox.id(), 10)).isEmpty();
    assertThat(exposures.refresh(stranger, exposure.id(), END.plusSeconds(1), NOON)).isFalse();
    assertThat(exposures.markReady(stranger, exposure.id(), URL, NOON)).isFalse();
    assertThat(exposures.revoke(stranger, exposure.id(), NOON)).isFalse();
    exposures.markAccessed(stranger, exposure.id(), NOON);
    assertThat(find(exposure)).isEqualTo(exposure);
  }

  @Test
  void newestIsListedFirstAndNoMoreThanAreAskedFor() {
    Exposure first = insert(exposure(sandbox, slug()));
    Exposure second = insert(at(exposure(sandbox, slug()), NOON.plusSeconds(1)));
    assertThat(exposures.list(account.id(), sandbox.id(), 10)).containsExactly(second, first);
    assertThat(exposures.list(account.id(), sandbox.id(), 1)).containsExactly(second);
  }

  @Test
  void sandboxThatDoesNotRunIsNotExposed() {
    Sandbox creating = creating(account);
    store.insertCreating(creating);
    assertThat(exposures.insert(exposure(creating, slug()), ROOMY)).isFalse();
    Exposure foreign = exposure(run(insertAccount(database, 1)), slug());
    assertThat(exposures.insert(ofAccount(foreign, account.id()), ROOMY)).isFalse();
  }

  @Test
  void limitsHoldForWhatIsOpenAndForWhatIsRemembered() {
    Exposure first = insert(exposure(sandbox, slug()));
    Exposure other = exposure(run(account), slug());
    assertFails(
        ErrorCode.EXPOSURE_LIMIT,
        () -> exposures.insert(exposure(sandbox, slug()), new Limits(1, 9, 9)));
    assertFails(ErrorCode.EXPOSURE_LIMIT, () -> exposures.insert(other, new Limits(9, 1, 9)));
    assertFails(ErrorCode.EXPOSURE_LIMIT, () -> exposures.insert(other, new Limits(9, 9, 1)));
    exposures.revoke(account.id(), first.id(), NOON);
    assertThat(exposures.insert(exposure(sandbox, slug()), new Limits(1, 1, 9))).isTrue();
  }

  @Test
  void whatHasExpiredTakesNoPlace() {
    insert(exposure(sandbox, slug()));
    Exposure later = at(exposure(sandbox, slug()), END);
    assertThat(exposures.insert(later, new Limits(1, 1, 9))).isTrue();
  }

  @Test
  void slugIsItsAccountsForAsLongAsItIsRemembered() {
    String slug = slug();
    Exposure first = insert(exposure(sandbox, slug));
    Sandbox strangers = run(insertAccount(database, 1));
    assertTaken(exposure(sandbox, slug));
    assertTaken(exposure(strangers, slug));
    exposures.revoke(account.id(), first.id(), NOON);
    assertTaken(exposure(strangers, slug));
    Exposure again = insert(exposure(sandbox, slug));
    assertThat(exposures.findBySlug(slug)).contains(again);
    assertThat(find(first).slug()).isEqualTo(slug);
    exposures.prune(END.plusMillis(1), 10);
    assertThat(exposures.insert(exposure(strangers, slug), ROOMY)).isTrue();
  }

  @Test
  void slugOfWhatHasExpiredIsTakenOverByItsAccount() {
    String slug = slug();
    insert(exposure(sandbox, slug));
    Exposure again = insert(at(exposure(sandbox, slug), END));
    assertThat(exposures.findBySlug(slug)).contains(again);
  }

  @Test
  void exposureGetsReadyOnce() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    assertThat(exposures.listPending(NOON)).contains(exposure);
    assertThat(exposures.listPending(END)).doesNotContain(exposure);
    assertThat(exposures.markReady(account.id(), exposure.id(), URL, END)).isFalse();
    assertThat(exposures.markReady(account.id(), exposure.id(), URL, NOON)).isTrue();
    assertThat(exposures.markReady(account.id(), exposure.id(), URL, NOON)).isFalse();
    assertThat(find(exposure)).isEqualTo(exposure.withStatus(ExposureStatus.READY));
    assertThat(exposures.listPending(NOON)).doesNotContain(exposure);
    assertThat(news).hasValue(0);
  }

  @Test
  void whatIsPendingOnAnotherNodeIsItsOwnBusiness() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    assertThat(database.exposures(NodeId.random(), Clock.systemUTC(), () -> {}).listPending(NOON))
        .doesNotContain(exposure);
  }

  @Test
  void readyIsToldToWebhooksWithTheChange() {
    NodeId node = NodeId.random();
    DeliveryQueue queue = database.deliveries(node);
    Webhook webhook = webhook();
    database.webhooks(node).insert(webhook, 1);
    Exposure exposure = insert(exposure(sandbox, slug()));
    exposures.markReady(account.id(), exposure.id(), URL, NOON);
    exposures.markReady(account.id(), exposure.id(), URL, NOON);
    assertThat(news).hasValue(1);
    Delivery told = queue.next(webhook.id(), END).orElseThrow();
    assertThat(told.type()).isEqualTo("exposure.ready");
    assertThat(told.createdAt()).isEqualTo(LATER);
    assertThat(told.body())
        .contains("\"sandboxID\":\"" + sandbox.id() + "\"")
        .contains("\"exposure\":{\"id\":\"" + exposure.id() + "\"")
        .contains("\"url\":\"" + URL + "\"")
        .contains("\"status\":\"ready\"")
        .doesNotContain(exposure.tokenHash().orElseThrow());
    queue.delivered(told);
    assertThat(queue.next(webhook.id(), END)).isEmpty();
  }

  private Webhook webhook() {
    return new Webhook(
        WebhookId.random(),
        account.id(),
        "https://receiver.example/hook",
        Set.of(EventType.EXPOSURE_READY),
        "sealed",
        NOON,
        0,
        Optional.empty());
  }

  @Test
  void endIsMovedOnlyWhileItHasNotCome() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    Instant newEnd = END.plusSeconds(1);
    assertThat(exposures.refresh(account.id(), exposure.id(), newEnd, END)).isFalse();
    assertThat(exposures.refresh(account.id(), exposure.id(), newEnd, NOON)).isTrue();
    assertThat(find(exposure).ownEnd()).isEqualTo(newEnd);
    assertThat(exposures.prune(newEnd, 10)).isZero();
    exposures.revoke(account.id(), exposure.id(), NOON);
    assertThat(exposures.refresh(account.id(), exposure.id(), newEnd, NOON)).isFalse();
  }

  @Test
  void revokedIsOverWhenItWasRevoked() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    assertThat(exposures.revoke(account.id(), exposure.id(), END)).isFalse();
    assertThat(exposures.revoke(account.id(), exposure.id(), LATER)).isTrue();
    assertThat(exposures.revoke(account.id(), exposure.id(), LATER)).isFalse();
    assertThat(find(exposure).status()).isEqualTo(ExposureStatus.REVOKED);
    assertThat(find(exposure).endedAt()).contains(LATER);
    assertThat(find(exposure).ownEnd()).isEqualTo(END);
    assertThat(exposures.markReady(account.id(), exposure.id(), URL, NOON)).isFalse();
    assertThat(exposures.prune(LATER.plusMillis(1), 10)).isEqualTo(1);
    assertThat(exposures.find(account.id(), sandbox.id(), exposure.id())).isEmpty();
  }

  @Test
  void endOfASandboxStopsWhatIsOpenInTheSameStep() {
    Exposure open = insert(exposure(sandbox, slug()));
    Exposure revoked = insert(exposure(sandbox, slug()));
    exposures.revoke(account.id(), revoked.id(), NOON);
    Exposure expired = insert(until(exposure(sandbox, slug()), LATER));
    store.beginKilling(account.id(), sandbox.id(), SandboxState.RUNNING, EndReason.KILLED);
    assertThat(find(open).status()).isEqualTo(ExposureStatus.SANDBOX_STOPPED);
    assertThat(find(open).endedAt()).contains(LATER);
    assertThat(find(revoked).status()).isEqualTo(ExposureStatus.REVOKED);
    assertThat(find(expired).at(LATER).status()).isEqualTo(ExposureStatus.EXPIRED);
    assertThat(exposures.sandboxState(sandbox.id())).contains(SandboxState.KILLING);
  }

  @Test
  void everyEndOfASandboxStopsThem() {
    Exposure ofFailed = insert(exposure(sandbox, slug()));
    store.finish(
        account.id(),
        sandbox.id(),
        SandboxState.RUNNING,
        SandboxState.FAILED,
        NOON,
        Optional.empty());
    assertThat(find(ofFailed).status()).isEqualTo(ExposureStatus.SANDBOX_STOPPED);
    Sandbox second = run(account);
    Exposure ofExpired = insert(exposure(second, slug()));
    store.beginExpiry(account.id(), second.id(), SandboxState.RUNNING, END);
    assertThat(find(ofExpired).status()).isEqualTo(ExposureStatus.SANDBOX_STOPPED);
  }

  @Test
  void endByTheDeadlineStopsWhatLastsLonger() {
    Instant deadline = sandbox.deadline().orElseThrow();
    Exposure open = insert(exposure(sandbox, slug()));
    assertThat(find(open).expiresAt()).isEqualTo(deadline);
    assertThat(find(open).at(deadline).status()).isEqualTo(ExposureStatus.PENDING);
    assertThat(exposures.refresh(account.id(), open.id(), END, deadline)).isTrue();
    assertThat(store.beginExpiry(account.id(), sandbox.id(), SandboxState.RUNNING, deadline))
        .isTrue();
    assertThat(find(open).status()).isEqualTo(ExposureStatus.SANDBOX_STOPPED);
    assertThat(find(open).endedAt()).contains(LATER);
    assertThat(find(open).expiresAt()).isEqualTo(deadline);
  }

  @Test
  void pauseAndResumeStopNothingAndTheDeadlineCountsWhileItRuns() {
    Exposure open = insert(exposure(sandbox, slug()));
    store.beginPause(account.id(), sandbox.id());
    assertOpen(open, END);
    store.endPause(account.id(), sandbox.id());
    assertOpen(open, END);
    store.beginResume(account.id(), sandbox.id());
    assertOpen(open, END);
    Instant deadline = LATER.plusSeconds(1);
    store.endResume(account.id(), sandbox.id(), MachineId.random(), Optional.of(deadline));
    assertOpen(open, deadline);
    setTimeout(Optional.of(LATER));
    assertOpen(open, LATER);
    setTimeout(Optional.of(FAR));
    assertOpen(open, END);
    setTimeout(Optional.empty());
    assertOpen(open, END);
  }

  /** Whatever its sandbox's end is, and by each way to read it. */
  private void assertOpen(Exposure exposure, Instant expiresAt) {
    List<Exposure> read =
        List.of(
            find(exposure),
            exposures.findBySlug(exposure.slug()).orElseThrow(),
            exposures.list(account.id(), sandbox.id(), 1).getFirst());
    assertThat(read).extracting(Exposure::expiresAt).containsOnly(expiresAt);
    assertThat(read).extracting(row -> row.at(LATER).status()).containsOnly(ExposureStatus.PENDING);
    assertThat(exposures.listPending(LATER)).contains(find(exposure));
  }

  private void setTimeout(Optional<Instant> deadline) {
    store.setTimeout(
        account.id(), sandbox.id(), SandboxState.RUNNING, Duration.ofMinutes(1), deadline);
  }

  @Test
  void deadlineAtWhichASandboxIsPausedIsNoEnd() {
    SandboxSettings settings =
        new SandboxSettings(
            Duration.ofMinutes(5),
            true,
            false,
            Optional.empty(),
            false,
            NetworkPolicy.AIR_GAP,
            Optional.empty());
    Sandbox pausedLater = run(creating(account, settings));
    Exposure open = insert(exposure(pausedLater, slug()));
    assertThat(find(open)).isEqualTo(open);
    assertThat(find(open).expiresAt()).isEqualTo(END);
  }

  @Test
  void useIsWrittenDown() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    exposures.markAccessed(account.id(), exposure.id(), LATER);
    assertThat(find(exposure).lastAccessedAt()).contains(LATER);
  }

  @Test
  void whatIsOverIsForgottenInPieces() {
    insert(until(exposure(sandbox, slug()), LATER));
    insert(until(exposure(sandbox, slug()), LATER));
    insert(exposure(sandbox, slug()));
    assertThat(exposures.prune(LATER, 10)).isZero();
    assertThat(exposures.prune(LATER.plusMillis(1), 1)).isEqualTo(1);
    assertThat(exposures.prune(LATER.plusMillis(1), 10)).isEqualTo(1);
    assertThat(exposures.list(account.id(), sandbox.id(), 10)).hasSize(1);
  }

  @Test
  void stateOfAnUnknownSandboxIsUnknown() {
    assertThat(exposures.sandboxState(SandboxId.random())).isEmpty();
    assertThat(exposures.findBySlug(slug())).isEmpty();
  }

  @Test
  void oneOfManyGetsASlugThatAllWantAtOnce() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String slug = slug();
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < RACERS; i++) {
        Exposure wanted = exposure(run(insertAccount(database, 1)), slug);
        calls.add(() -> isInserted(wanted));
      }
      assertThat(Race.run(calls)).containsOnlyOnce(true);
    }
  }

  private boolean isInserted(Exposure wanted) {
    try {
      return exposures.insert(wanted, ROOMY);
    } catch (OmniRunException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.SLUG_TAKEN);
      return false;
    }
  }

  @Test
  void nothingIsLeftOpenOfASandboxThatEndsMeanwhile() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      Account owner = insertAccount(database, 1);
      Sandbox ending = run(owner);
      Exposure exposure = exposure(ending, slug());
      Race.run(
          List.of(
              () -> exposures.insert(exposure, ROOMY),
              () ->
                  store.beginKilling(
                      owner.id(), ending.id(), SandboxState.RUNNING, EndReason.KILLED)));
      assertThat(exposures.list(owner.id(), ending.id(), 10))
          .allSatisfy(row -> assertThat(row.status()).isEqualTo(ExposureStatus.SANDBOX_STOPPED));
    }
  }

  @Test
  void changesAreInTheAuditAndWhatChangesNothingIsNot() {
    Exposure exposure = insert(exposure(sandbox, slug()));
    exposures.refresh(account.id(), exposure.id(), END.plusSeconds(1), NOON);
    exposures.revoke(account.id(), exposure.id(), NOON);
    exposures.revoke(account.id(), exposure.id(), NOON);
    exposures.refresh(account.id(), exposure.id(), END, NOON);
    assertTaken(exposure(run(insertAccount(database, 1)), exposure.slug()));
    assertThat(database.audit().list(AuditQuery.newest(100).of(account.id())))
        .filteredOn(entry -> entry.resource().equals(exposure.id().value()))
        .extracting(AuditEntry::action)
        .containsExactlyInAnyOrder(
            AuditAction.EXPOSURE_CREATE, AuditAction.EXPOSURE_REFRESH, AuditAction.EXPOSURE_REVOKE);
  }

  private void assertTaken(Exposure exposure) {
    assertFails(ErrorCode.SLUG_TAKEN, () -> exposures.insert(exposure, ROOMY));
    assertThat(exposures.find(exposure.account(), exposure.sandbox(), exposure.id())).isEmpty();
  }

  private Exposure find(Exposure exposure) {
    return exposures.find(exposure.account(), exposure.sandbox(), exposure.id()).orElseThrow();
  }

  private Exposure insert(Exposure exposure) {
    assertThat(exposures.insert(exposure, ROOMY)).isTrue();
    return exposure;
  }

  private Sandbox run(Account owner) {
    return run(creating(owner, NOON, Map.of()));
  }

  private Sandbox run(Sandbox created) {
    store.insertCreating(created);
    store.markRunning(created.account(), created.id());
    return created;
  }

  /** One that nobody else has, for all tests share a database. */
  private static String slug() {
    return "calm-otter-" + UUID.randomUUID();
  }

  private static Exposure exposure(Sandbox sandbox, String slug) {
    return new Exposure(
        ExposureId.random(),
        sandbox.account(),
        sandbox.id(),
        3_000,
        slug,
        Visibility.PRIVATE,
        ExposureStatus.PENDING,
        Optional.of("5e".repeat(32)),
        "/a?b=c#d",
        true,
        NOON,
        "tok_somebody",
        END,
        sandbox.end(),
        Optional.empty(),
        Optional.empty());
  }

  private static Exposure at(Exposure exposure, Instant createdAt) {
    return copy(exposure, exposure.account(), createdAt, createdAt.plus(Duration.ofHours(1)));
  }

  private static Exposure until(Exposure exposure, Instant ownEnd) {
    return copy(exposure, exposure.account(), exposure.createdAt(), ownEnd);
  }

  private static Exposure ofAccount(Exposure exposure, AccountId account) {
    return copy(exposure, account, exposure.createdAt(), exposure.ownEnd());
  }

  private static Exposure copy(
      Exposure exposure, AccountId account, Instant createdAt, Instant ownEnd) {
    return new Exposure(
        exposure.id(),
        account,
        exposure.sandbox(),
        exposure.port(),
        exposure.slug(),
        exposure.visibility(),
        exposure.status(),
        exposure.tokenHash(),
        exposure.openPath(),
        exposure.preserveHost(),
        createdAt,
        exposure.createdBy(),
        ownEnd,
        exposure.sandboxEnd(),
        exposure.endedAt(),
        exposure.lastAccessedAt());
  }
}
