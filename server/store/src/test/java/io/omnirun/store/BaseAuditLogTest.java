package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.CurrentOrigin;
import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditId;
import io.omnirun.model.AuditOutcome;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventType;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.Origin;
import io.omnirun.model.Profile;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxSettings;
import io.omnirun.model.SandboxState;
import io.omnirun.model.VaultId;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must write down, and how it is read. */
abstract class BaseAuditLogTest extends BaseOpenDatabaseTest {
  private static final Origin SOMEBODY = new Origin("tok_somebody", Optional.of("192.0.2.7"));

  @SuppressWarnings("NullAway.Init")
  private AuditLog audit;

  @SuppressWarnings("NullAway.Init")
  private Account account;

  @BeforeEach
  void makeAccount() {
    audit = database.audit();
    account = insertAccount(database, 3);
    // Tests see what they do themselves.
    audit.prune(Instant.parse("9999-01-01T00:00:00Z"), 1_000);
  }

  @Test
  void accountsLimitsAndSecondFactorsAreWrittenDownOnceEach() {
    Account keyed = insertAccount(database, 3);
    assertThat(lines(AuditQuery.newest(100).of(keyed.id())))
        .containsExactly("server account.create " + keyed.id() + " success with a key");
    Account invited = new Account(AccountId.random(), "Ada", 3);
    Account late = new Account(AccountId.random(), "Ada", 3);
    EmailAddress email = new EmailAddress(UUID.randomUUID() + "@example.org");
    CurrentOrigin.during(Origin.OPERATOR, () -> insert(invited, email));
    assertFails(ErrorCode.EMAIL_TAKEN, () -> insert(late, email));
    assertThat(lines(AuditQuery.newest(100).of(late.id()))).isEmpty();
    AccountLimits limits = new AccountLimits(1, 2, 3, 4, 5, 6);
    database.administration().setLimits(invited.id(), limits);
    SecondFactorStore factors = database.secondFactors();
    factors.enrol(invited.id(), "sealed", NOON);
    factors.confirm(invited.id(), 7, NOON);
    factors.confirm(invited.id(), 8, NOON);
    factors.enrol(invited.id(), "another", NOON);
    factors.delete(invited.id());
    factors.delete(invited.id());
    String id = invited.id().value();
    assertThat(lines(AuditQuery.newest(100).of(invited.id())))
        .containsExactly(
            "operator account.create " + id + " success for a mailbox",
            "server account.limits "
                + id
                + " success 1 running, 2 paused, 3 vCPUs, 4 MiB of memory, 5 MiB of disk,"
                + " 6 requests a second",
            "server second_factor.enrol " + id + " success",
            "server second_factor.confirm " + id + " success",
            "server second_factor.disable " + id + " success");
  }

  private void insert(Account person, EmailAddress email) {
    Profile profile = new Profile(person, Optional.of(email), false, NOON, Optional.empty());
    database.accounts().insertAccount(profile, List.of());
  }

  private List<String> lines() {
    return lines(AuditQuery.newest(100).of(account.id()));
  }

  /** Oldest first: actor, action, resource, outcome and detail. */
  private List<String> lines(AuditQuery query) {
    return audit.list(query).reversed().stream()
        .map(
            entry ->
                String.join(
                    " ",
                    entry.origin().actor(),
                    entry.action().text(),
                    entry.resource(),
                    entry.outcome().text(),
                    entry.detail().orElse("")))
        .map(String::strip)
        .toList();
  }

  @Test
  void lifeOfASandboxIsWrittenDownWithTheChangesThemselves() {
    Sandbox sandbox = creating(account);
    String id = sandbox.id().value();
    CurrentOrigin.during(
        SOMEBODY,
        () -> {
          store.insertCreating(sandbox);
          store.markRunning(account.id(), sandbox.id());
          store.markRunning(account.id(), sandbox.id());
          store.beginPause(account.id(), sandbox.id());
          store.endPause(account.id(), sandbox.id());
          store.beginResume(account.id(), sandbox.id());
          store.endResume(account.id(), sandbox.id(), sandbox.machine(), Optional.empty());
          store.beginKilling(account.id(), sandbox.id(), SandboxState.RUNNING, EndReason.KILLED);
          store.beginKilling(account.id(), sandbox.id(), SandboxState.RUNNING, EndReason.KILLED);
        });
    store.finish(
        account.id(),
        sandbox.id(),
        SandboxState.KILLING,
        SandboxState.KILLED,
        NOON,
        Optional.empty());
    assertThat(lines())
        .containsExactly(
            "tok_somebody sandbox.create " + id + " success",
            "tok_somebody sandbox.pause " + id + " success",
            "tok_somebody sandbox.resume " + id + " success",
            "tok_somebody sandbox.kill " + id + " success killed");
    assertThat(audit.list(AuditQuery.newest(1).of(account.id())).getFirst().origin())
        .isEqualTo(SOMEBODY);
  }

  @Test
  void whatTheServerDoesByItselfIsItsOwn() {
    Sandbox failed = Samples.insert(database, creating(account), SandboxState.CREATING);
    store.finish(
        account.id(),
        failed.id(),
        SandboxState.CREATING,
        SandboxState.FAILED,
        NOON,
        Optional.of("no disk"));
    Sandbox late = Samples.insert(database, creating(account), SandboxState.RUNNING);
    store.beginExpiry(
        account.id(), late.id(), SandboxState.RUNNING, NOON.plus(Duration.ofHours(1)));
    Sandbox dead = Samples.insert(database, creating(account), SandboxState.RUNNING);
    store.finish(
        account.id(),
        dead.id(),
        SandboxState.RUNNING,
        SandboxState.FAILED,
        NOON,
        Optional.of("its VMM died"));
    assertThat(lines())
        .containsExactlyInAnyOrder(
            "server sandbox.create " + failed.id() + " failed no disk",
            "server sandbox.create " + late.id() + " success",
            "server sandbox.kill " + late.id() + " success timeout",
            "server sandbox.create " + dead.id() + " success",
            "server sandbox.fail " + dead.id() + " failed its VMM died");
  }

  @Test
  void credentialsThatAreInjectedAreWrittenDownWithTheirSandboxOrNotAtAll() {
    Account one = insertAccount(database, 1);
    Sandbox broken = injected(one);
    store.insertCreating(broken);
    assertFails(ErrorCode.CONCURRENT_LIMIT, () -> store.insertCreating(injected(one)));
    store.finish(
        one.id(),
        broken.id(),
        SandboxState.CREATING,
        SandboxState.FAILED,
        NOON,
        Optional.of("no disk"));
    Sandbox sandbox = injected(one);
    store.insertCreating(sandbox);
    assertThat(store.markRunning(one.id(), sandbox.id())).isTrue();
    assertThat(store.markRunning(one.id(), sandbox.id())).isFalse();
    assertThat(lines(AuditQuery.newest(10).of(one.id())))
        .containsExactlyInAnyOrder(
            "server account.create " + one.id() + " success with a key",
            "server sandbox.create " + broken.id() + " failed no disk",
            "server vault.inject " + sandbox.id() + " success",
            "server sandbox.create " + sandbox.id() + " success");
  }

  private static Sandbox injected(Account owner) {
    return creating(
        owner,
        new SandboxSettings(
            Duration.ofMinutes(5),
            false,
            false,
            Optional.empty(),
            true,
            NetworkPolicy.AIR_GAP,
            Optional.empty()));
  }

  @Test
  void vaultsAndWebhooksAreWrittenDownByNameAndNothingThatWasRefused() {
    StoredVault vault =
        new StoredVault(account.id(), VaultId.random(), new WrappedKey("mk", "wrapped"));
    database.vaults().replaceMasterKey(new MasterKeyRecord(vault.key()));
    database.vaults().setFirstMasterKey(new MasterKeyRecord(vault.key()));
    database.vaults().insert(vault, NOON);
    database.vaults().insert(vault, NOON);
    put(10, "A", "B");
    assertFails(ErrorCode.VAULT_LIMIT, () -> put(2, "C"));
    database.vaults().delete(account.id(), "A");
    database.vaults().delete(account.id(), "A");
    Webhook webhook =
        new Webhook(
            WebhookId.random(),
            account.id(),
            "https://example.com",
            Set.of(EventType.SANDBOX_CREATED),
            "sealed",
            NOON,
            0,
            Optional.empty());
    database.webhooks(NODE).insert(webhook, 1);
    database.webhooks(NODE).delete(account.id(), webhook.id());
    database.webhooks(NODE).delete(account.id(), webhook.id());
    assertThat(lines())
        .containsExactlyInAnyOrder(
            "server vault.init " + vault.id() + " success",
            "server vault.store vault success version 1 of 2: A, B",
            "server vault.delete A success",
            "server webhook.create " + webhook.id() + " success",
            "server webhook.delete " + webhook.id() + " success");
  }

  private void put(int maximum, String... names) {
    database
        .vaults()
        .put(
            account.id(),
            new VaultStore.Limits(maximum, 100),
            NOON,
            version ->
                List.of(names).stream()
                    .map(name -> new SealedCredential(name, version, 1, "sealed"))
                    .toList());
  }

  @Test
  void pagesAndFiltersGiveEveryEntryOnce() {
    List<AuditEntry> written = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      AuditEntry entry = entry(account.id(), NOON.plusSeconds(i), i % 2 == 0);
      audit.record(entry);
      written.addFirst(entry);
    }
    audit.record(entry(insertAccount(database, 1).id(), NOON, true));

    AuditQuery own = AuditQuery.newest(3).of(account.id());
    List<AuditEntry> read = new ArrayList<>(audit.list(own));
    for (List<AuditEntry> page = read; !page.isEmpty(); ) {
      page = audit.list(own.olderThan(read.getLast().id()));
      read.addAll(page);
    }
    assertThat(read).isEqualTo(written);

    assertThat(audit.list(filter(Optional.of(AuditAction.LIMIT), Optional.empty())))
        .isEqualTo(written.stream().filter(entry -> entry.action() == AuditAction.LIMIT).toList());
    assertThat(audit.list(filter(Optional.empty(), Optional.of("of 12:00:03"))))
        .containsExactly(written.get(6));
    assertThat(audit.list(filter(Optional.empty(), Optional.of("none")))).isEmpty();
    assertThat(
            audit.list(
                new AuditQuery(
                    Optional.of(account.id()),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(AuditOutcome.REFUSED),
                    Optional.of(NOON.plusSeconds(2)),
                    Optional.of(NOON.plusSeconds(6)),
                    Optional.empty(),
                    100)))
        .containsExactly(written.get(5), written.get(7));
  }

  private AuditQuery filter(Optional<AuditAction> action, Optional<String> resource) {
    return new AuditQuery(
        Optional.of(account.id()),
        action,
        resource,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        100);
  }

  private static AuditEntry entry(AccountId owner, Instant at, boolean limit) {
    return AuditEntry.of(
        at,
        owner,
        SOMEBODY,
        limit ? AuditAction.LIMIT : AuditAction.VAULT_LIST,
        "of " + at.toString().substring(11, 19),
        limit ? AuditOutcome.REFUSED : AuditOutcome.SUCCESS);
  }

  @Test
  void administratorSeesAllAlsoWhatIsNobodys() {
    Instant now = NOON.plus(Duration.ofDays(1));
    AuditEntry nobodys =
        new AuditEntry(
            AuditId.at(now),
            now,
            Optional.empty(),
            Origin.OPERATOR,
            AuditAction.MASTER_KEY_ROTATE,
            "mk",
            AuditOutcome.SUCCESS,
            Optional.of("detail"));
    audit.record(nobodys);
    AuditEntry own = entry(account.id(), now, true);
    audit.record(own);
    assertThat(audit.list(AuditQuery.newest(1_000).from(now))).contains(nobodys, own);
    assertThat(audit.list(AuditQuery.newest(1_000).of(account.id()))).containsExactly(own);
  }

  @Test
  void whatIsTooOldGoesAndTheRestStays() {
    Instant old = Instant.parse("2020-01-01T00:00:00Z");
    for (int i = 0; i < 5; i++) {
      audit.record(entry(account.id(), old.plusSeconds(i), true));
    }
    AuditEntry kept = entry(account.id(), old.plusSeconds(5), true);
    audit.record(kept);
    assertThat(audit.prune(kept.at(), 3)).isEqualTo(3);
    assertThat(audit.prune(kept.at(), 3)).isEqualTo(2);
    assertThat(audit.prune(kept.at(), 3)).isZero();
    assertThat(audit.list(AuditQuery.newest(10).of(account.id()))).containsExactly(kept);
  }

  @Test
  void idsKeepTheOrderOfTime() {
    Instant moment = Instant.parse("2026-03-01T12:00:00.123Z");
    assertThat(
            List.of(
                AuditId.lowestAt(Instant.MIN),
                AuditId.lowestAt(moment),
                AuditId.at(moment),
                AuditId.lowestAt(moment.plusMillis(1)),
                AuditId.at(Instant.MAX)))
        .isSorted();
    assertThat(Map.of(AuditId.at(moment), 1)).doesNotContainKey(AuditId.at(moment));
  }
}
