package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static io.omnirun.store.Samples.randomHash;
import static io.omnirun.store.Samples.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.AdminStore;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.TokenStore.Credential;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.Profile;
import io.omnirun.model.Sandbox;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do for administrators. */
abstract class BaseAdminStoreTest {
  private static final EmailAddress ADA = new EmailAddress("ada@example.org");
  private static final AccountId NOBODY = AccountId.random();

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private AdminStore store;

  @SuppressWarnings("NullAway.Init")
  private Account account;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseConfig(newDatabaseUrl()));
    store = database.administration();
    account = insertAccount(database, 3);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void allAccountsAreListed() {
    Account another = insertAccount(database, 4);
    assertThat(store.listAccounts())
        .extracting(Profile::account)
        .containsExactlyInAnyOrder(account, another);
  }

  @Test
  void suspensionMarksTheKeysEndsTheSessionsAndIsTakenBack() {
    StoredToken key = token(randomHash());
    StoredToken session = ofKind(TokenKind.SESSION);
    StoredToken signIn = ofKind(TokenKind.SIGN_IN);
    for (StoredToken token : new StoredToken[] {key, session, signIn}) {
      database.tokens().insert(account.id(), token, NOON, 10);
    }
    database.secondFactors().insertChallenge("a", account.id(), 5, NOON, NOON.plusSeconds(60));
    assertThat(store.suspend(account.id(), NOON)).isTrue();
    assertThat(store.suspend(account.id(), NOON.plusSeconds(1))).isTrue();
    assertThat(profile().suspendedAt()).contains(NOON);
    assertThat(credential(key).map(Credential::suspended)).contains(true);
    assertThat(credential(session)).isEmpty();
    assertThat(credential(signIn)).isEmpty();
    assertThat(database.secondFactors().tryChallenge("a", NOON)).isEmpty();
    assertThat(store.unsuspend(account.id())).isTrue();
    assertThat(profile().suspendedAt()).isEmpty();
    assertThat(credential(key).map(Credential::suspended)).contains(false);
    assertThat(credential(session)).isEmpty();
  }

  @Test
  void anotherAccountIsNotSuspended() {
    Account another = insertAccount(database, 3);
    StoredToken session = ofKind(TokenKind.SESSION);
    database.tokens().insert(another.id(), session, NOON, 10);
    store.suspend(account.id(), NOON);
    assertThat(credential(session).map(Credential::suspended)).contains(false);
  }

  @Test
  void sandboxesOfSuspendedAccountsAreThoseOfTheNodeThatTakeSomething() {
    Sandbox running = insert(account, NODE);
    Sandbox paused = insert(account, NODE);
    database.sandboxes(NODE).beginPause(account.id(), paused.id());
    database.sandboxes(NODE).endPause(account.id(), paused.id());
    insert(account, NodeId.random());
    insert(insertAccount(database, 3), NODE);
    assertThat(store.listSandboxesOfSuspended(NODE)).isEmpty();
    store.suspend(account.id(), NOON);
    assertThat(store.listSandboxesOfSuspended(NODE))
        .extracting(Sandbox::id)
        .containsExactlyInAnyOrder(running.id(), paused.id());
  }

  private Sandbox insert(Account owner, NodeId node) {
    Sandbox sandbox = creating(owner);
    database.sandboxes(node).insertCreating(sandbox);
    database.sandboxes(node).markRunning(owner.id(), sandbox.id());
    return sandbox;
  }

  @Test
  void limitsRoleAndAddressAreSet() {
    AccountLimits limits = new AccountLimits(7, 8, 1, 2, 3, 50);
    assertThat(store.setLimits(account.id(), limits)).isTrue();
    assertThat(store.setEmail(account.id(), ADA)).isTrue();
    assertThat(store.setEmail(account.id(), ADA)).isTrue();
    assertThat(store.setAdministrator(account.id(), true)).isTrue();
    assertThat(profile().account()).isEqualTo(new Account(account.id(), account.name(), limits));
    assertThat(profile().email()).contains(ADA);
    assertThat(profile().administrator()).isTrue();
    assertThat(store.setAdministrator(account.id(), false)).isTrue();
    assertThat(profile().administrator()).isFalse();
  }

  @Test
  void addressOfAnotherAccountIsRefused() {
    Account another = insertAccount(database, 3);
    store.setEmail(another.id(), ADA);
    assertFails(ErrorCode.EMAIL_TAKEN, () -> store.setEmail(account.id(), ADA));
    assertThat(profile().email()).isEmpty();
  }

  @Test
  void accountThatIsNotThereIsSaid() {
    assertThat(store.suspend(NOBODY, NOON)).isFalse();
    assertThat(store.unsuspend(NOBODY)).isFalse();
    assertThat(store.setLimits(NOBODY, AccountLimits.DEFAULT)).isFalse();
    assertThat(store.setEmail(NOBODY, ADA)).isFalse();
    assertThat(store.setAdministrator(NOBODY, true)).isFalse();
  }

  private Profile profile() {
    return database.accounts().findProfile(account.id()).orElseThrow();
  }

  private Optional<Credential> credential(StoredToken token) {
    return database.tokens().find(token.sha256(), NOON);
  }

  private static StoredToken ofKind(TokenKind kind) {
    return new StoredToken(
        TokenId.random(),
        kind,
        "a token",
        randomHash(),
        Scopes.EVERYTHING,
        Optional.of(NOON.plusSeconds(600)));
  }
}
