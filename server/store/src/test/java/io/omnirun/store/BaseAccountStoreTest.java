package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.insertAccount;
import static io.omnirun.store.Samples.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Profile;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with accounts and their tokens. */
abstract class BaseAccountStoreTest {
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final String OTHER_HASH = "f".repeat(64);

  private String url = "";

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private AccountStore store;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    url = newDatabaseUrl();
    database = Database.open(new DatabaseConfig(url));
    store = database.accounts();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void freshDatabaseHasNoAccountsUntilOneIsInserted() {
    assertThat(store.hasAccounts()).isFalse();
    insertAccount(database, 3);
    assertThat(store.hasAccounts()).isTrue();
  }

  @Test
  void insertedAccountIsFoundAndAnotherIsNot() {
    Account account = insertAccount(database, 3);
    assertThat(store.findAccount(account.id())).contains(account);
    assertThat(store.findAccount(AccountId.random())).isEmpty();
  }

  @Test
  void tokenHashFindsTheAccountOfItsToken() {
    Account account = insertAccount(database, 3);
    Account another = insertAccount(database, 4);
    insertToken(account, HASH);
    insertToken(another, OTHER_HASH);
    assertThat(owner(HASH)).contains(account);
    assertThat(owner(OTHER_HASH)).contains(another);
  }

  @Test
  void unknownTokenHashFindsNobody() {
    insertToken(insertAccount(database, 3), HASH);
    assertThat(owner(OTHER_HASH)).isEmpty();
    assertThat(owner("")).isEmpty();
    assertThat(owner("%' OR '1'='1")).isEmpty();
  }

  @Test
  void accountMayHaveSeveralTokens() {
    Account account = insertAccount(database, 3);
    insertToken(account, HASH);
    insertToken(account, OTHER_HASH);
    assertThat(owner(HASH)).contains(account);
    assertThat(owner(OTHER_HASH)).contains(account);
  }

  @Test
  void tokenBelongsToOneAccountAndARefusalDoesNotShowItsHash() {
    Account owner = insertAccount(database, 3);
    insertToken(owner, HASH);
    Account another = insertAccount(database, 3);
    assertThat(assertFails(ErrorCode.INTERNAL, () -> insertToken(another, HASH)))
        .hasRootCauseInstanceOf(SQLException.class)
        .satisfies(failure -> assertThat(Failures.text(failure)).doesNotContain(HASH));
    assertThat(owner(HASH)).contains(owner);
  }

  @Test
  void tokenOfNobodyIsRefused() {
    Account nobody = new Account(AccountId.random(), "nobody", 3);
    assertFails(ErrorCode.INTERNAL, () -> insertToken(nobody, HASH));
    assertThat(owner(HASH)).isEmpty();
  }

  @Test
  void accountIsInsertedOnce() {
    Account account = insertAccount(database, 3);
    Account impostor = new Account(account.id(), "impostor", 1_000);
    assertFails(ErrorCode.INTERNAL, () -> store.insertAccount(impostor, token(HASH), NOON));
    assertThat(store.findAccount(account.id())).contains(account);
    assertThat(owner(HASH)).isEmpty();
  }

  @Test
  void accountComesWithItsFirstToken() {
    Account account = new Account(AccountId.random(), "first", 3);
    store.insertAccount(account, token(HASH), NOON);
    assertThat(owner(HASH)).contains(account);
  }

  @Test
  void accountWhoseFirstTokenIsRefusedIsNotThere() {
    Account owner = insertAccount(database, 3);
    insertToken(owner, HASH);
    Account late = new Account(AccountId.random(), "late", 3);
    assertFails(ErrorCode.INTERNAL, () -> store.insertAccount(late, token(HASH), NOON));
    assertThat(store.findAccount(late.id())).isEmpty();
    assertThat(owner(HASH)).contains(owner);
  }

  @Test
  void personIsFoundByItsAddressAndByItsId() {
    Profile profile = person("ada@example.org");
    store.insertAccount(profile, List.of());
    store.insertAccount(person("bob@example.org"), List.of());
    assertThat(store.findProfile(new EmailAddress("ada@example.org"))).contains(profile);
    assertThat(store.findProfile(profile.account().id())).contains(profile);
    assertThat(store.findProfile(new EmailAddress("eve@example.org"))).isEmpty();
  }

  @Test
  void oneAddressIsOneAccount() {
    store.insertAccount(person("ada@example.org"), List.of());
    Profile second = person("ada@example.org");
    assertFails(ErrorCode.EMAIL_TAKEN, () -> store.insertAccount(second, List.of(token(HASH))));
    assertThat(store.findProfile(second.account().id())).isEmpty();
    assertThat(owner(HASH)).isEmpty();
  }

  private static Profile person(String email) {
    return new Profile(
        new Account(AccountId.random(), "Ada", 3),
        Optional.of(new EmailAddress(email)),
        true,
        NOON,
        Optional.empty());
  }

  @Test
  void accountsAndTokensAreThereAfterARestart() {
    Account account = insertAccount(database, 3);
    insertToken(account, HASH);
    database.close();
    try (Database reopened = Database.open(new DatabaseConfig(url))) {
      assertThat(reopened.accounts().hasAccounts()).isTrue();
      assertThat(reopened.tokens().find(HASH, NOON).map(found -> found.caller().account()))
          .contains(account);
    }
  }

  private void insertToken(Account account, String sha256) {
    database.tokens().insert(account.id(), token(sha256), NOON, 10);
  }

  private Optional<Account> owner(String sha256) {
    return database.tokens().find(sha256, NOON).map(found -> found.caller().account());
  }
}
