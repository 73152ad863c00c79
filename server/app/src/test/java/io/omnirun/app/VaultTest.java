package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.Audit;
import io.omnirun.core.MasterKeyGuard;
import io.omnirun.core.MasterKeyRotation;
import io.omnirun.core.Vaults;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.TokenId;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import io.omnirun.vault.LocalKeyWrapper;
import io.omnirun.vault.TinkVaultCipher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vaults over a real database, Tink and a real file with the master key. */
class VaultTest {
  private static final String SECRET = "marked-" + UUID.randomUUID();

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path stateDir;

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private Account account;

  @SuppressWarnings("NullAway.Init")
  private Account stranger;

  @BeforeEach
  void openDatabase() {
    database = Database.open(new DatabaseConfig(url()));
    account = insertAccount();
    stranger = insertAccount();
  }

  @AfterEach
  void closeDatabase() {
    database.close();
  }

  private String url() {
    return "sqlite:" + stateDir.resolve("omnirun.db");
  }

  private Account insertAccount() {
    Account made = new Account(AccountId.random(), "test", 1);
    String id = UUID.randomUUID().toString();
    database
        .accounts()
        .insertAccount(made, new StoredToken(TokenId.random(), "test", id), Instant.now());
    return made;
  }

  /** A server that starts over what is there. */
  private Vaults start() {
    LocalKeyWrapper keys = new LocalKeyWrapper(keyFile());
    Audit audit = new Audit(database.audit(), Clock.systemUTC());
    new MasterKeyGuard(database.vaults(), keys).requireRightKey();
    return new Vaults(database.vaults(), new TinkVaultCipher(), keys, audit, Clock.systemUTC());
  }

  private MasterKeyFile keyFile() {
    return MasterKeyFile.in(stateDir);
  }

  private MasterKeyRotation rotation() {
    return new MasterKeyRotation(database.vaults(), new LocalKeyWrapper(keyFile()));
  }

  @Test
  void whatIsStoredComesOutForItsOwnerAlone() {
    Vaults vaults = start();
    Map<String, String> values = Map.of("A", SECRET, "B", "", "C", "'\n$🚀" + "x".repeat(60_000));
    assertThat(vaults.put(account, values)).isEqualTo(1);
    assertThat(start().of(account.id())).isEqualTo(values);
    assertThat(vaults.of(stranger.id())).isEmpty();
    assertThat(vaults.put(account, Map.of("A", "new"))).isEqualTo(2);
    assertThat(vaults.of(account.id())).containsEntry("A", "new").hasSize(3);
    vaults.delete(account, "A");
    assertThat(vaults.of(account.id())).doesNotContainKey("A");
  }

  @Test
  void vaultIsMadeOnceHoweverOftenItIsEnsured() {
    Vaults vaults = start();
    vaults.ensure(account.id());
    vaults.ensure(account.id());
    assertFails(ErrorCode.VAULT_EXISTS, () -> vaults.init(account));
    assertThat(vaults.init(stranger).value()).startsWith("vlt_");
  }

  @Test
  void noFileHoldsAValueInTheClear() {
    start().put(account, Map.of("NAME_OF_IT", SECRET));
    assertThat(files().anyMatch(text -> text.contains("NAME_OF_IT"))).isTrue();
    assertThat(files()).noneMatch(text -> text.contains(SECRET));
  }

  private Stream<String> files() {
    try (Stream<Path> list = Files.list(stateDir)) {
      return list.toList().stream().map(VaultTest::read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whoever can write to the database, and has not the master key. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE vault_credential SET name = 'C' WHERE name = 'A'",
        "UPDATE vault_credential SET version = 1",
        "UPDATE vault_credential SET sealed_value = 'AAAA' || substr(sealed_value, 5)",
        "UPDATE vault_credential SET sealed_value = '#'",
        "UPDATE vault_credential SET sealed_value = ''",
        "UPDATE vault_credential SET sealed_value = (SELECT v.sealed_value FROM vault_credential v"
            + " WHERE v.name = 'B')",
        "UPDATE vault_credential SET sealed_value = (SELECT v.sealed_value FROM vault_credential v"
            + " WHERE v.account_id <> vault_credential.account_id LIMIT 1)",
        "UPDATE vault SET vault_id = 'vlt_aaaaaaaaaaaaaaaaaaaa'",
        "UPDATE vault SET wrapped_key = (SELECT v.wrapped_key FROM vault v"
            + " WHERE v.account_id <> vault.account_id LIMIT 1)",
        "UPDATE vault SET master_key = 'mk_00000000000000000000000000000000'"
      })
  void whatWasMovedOrChangedDoesNotOpen(String attack) throws SQLException {
    Vaults vaults = start();
    vaults.put(account, Map.of("A", "one"));
    vaults.put(account, Map.of("A", SECRET, "B", "other"));
    vaults.put(stranger, Map.of("A", "the stranger's"));
    execute(attack);
    OmniRunException failure =
        assertFails(ErrorCode.VAULT_UNREADABLE, () -> vaults.of(account.id()));
    assertThat(failure).hasMessageNotContaining(SECRET);
  }

  @Test
  void withoutTheRightMasterKeyNoServerStartsWhileThereAreVaults() throws IOException {
    start().put(account, Map.of("A", SECRET));
    Path file = keyFile().file();
    String right = Files.readString(file);
    Files.delete(file);
    assertWrongKey();
    assertThat(file).doesNotExist();

    Path other = Files.createDirectory(stateDir.resolve("other"));
    new LocalKeyWrapper(MasterKeyFile.in(other)).ensureMasterKey();
    String wrong = Files.readString(other.resolve(MasterKeyFile.NAME));
    write(file, wrong);
    assertWrongKey();
    // Another key under the right name.
    write(file, right.substring(0, right.indexOf(' ')) + wrong.substring(wrong.indexOf(' ')));
    assertWrongKey();
    write(file, "");
    assertWrongKey();
    write(file, right);
    assertThat(start().of(account.id())).containsEntry("A", SECRET);
  }

  private void assertWrongKey() {
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, this::start))
        .hasMessageContaining("vault.master.key")
        .hasMessageContaining("docs/vault.md");
  }

  @Test
  void whileThereAreNoVaultsALostMasterKeyIsReplaced() throws IOException {
    start();
    Files.delete(keyFile().file());
    start().put(account, Map.of("A", SECRET));
    assertThat(start().of(account.id())).containsEntry("A", SECRET);
  }

  @Test
  void masterKeyIsForTheOwnerAlone() throws IOException {
    start();
    Path file = keyFile().file();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, this::start))
        .hasMessageContaining("chmod 0600");
  }

  @Test
  void rotationLeavesRunningServersTheirVaultsAndNothingUnderTheOldKey() throws Exception {
    Vaults running = start();
    running.put(account, Map.of("A", SECRET));
    String before = Files.readString(keyFile().file());

    MasterKeyRotation.Outcome outcome = rotation().rotate();
    assertThat(outcome.vaults()).isEqualTo(1);
    assertThat(Files.readString(keyFile().file()))
        .startsWith(outcome.masterKey())
        .doesNotContain(before.strip())
        .hasLineCount(1);
    assertThat(running.of(account.id())).containsEntry("A", SECRET);
    running.put(account, Map.of("A", "later"));
    running.put(stranger, Map.of("B", "made after it"));
    assertThat(start().of(account.id())).containsEntry("A", "later");
    assertThat(start().of(stranger.id())).containsEntry("B", "made after it");
    assertThat(database.vaults().wrappedByOthers(outcome.masterKey(), 10)).isEmpty();
    write(keyFile().file(), before);
    assertWrongKey();
  }

  @Test
  void whatACreateHasReadBeforeARotationOpensAfterItThoughTheFileHasForgottenTheKey()
      throws Exception {
    start();
    LocalKeyWrapper running = new LocalKeyWrapper(keyFile());
    String old = running.ensureMasterKey();
    byte[] key = new TinkVaultCipher().newKey();
    WrappedKey read = running.wrap(old, key, "vault");
    String present = rotation().rotate().masterKey();
    // Another call learns of the new key.
    running.wrap(present, key, "vault");
    assertThat(running.unwrap(read, "vault")).isEqualTo(key);
    assertThat(running.beginRotation()).isNotEqualTo(present);
    assertThat(Files.readString(keyFile().file())).hasLineCount(2).doesNotContain(old);
  }

  @Test
  void rotationThatWasCutOffAnywhereIsFinishedByTheNext() {
    Vaults running = start();
    running.put(account, Map.of("A", SECRET));
    LocalKeyWrapper keys = new LocalKeyWrapper(keyFile());
    String begun = keys.beginRotation();
    // A server that starts or makes vaults now goes on with the old key.
    assertThat(start().of(account.id())).containsEntry("A", SECRET);
    start().put(stranger, Map.of("B", "made meanwhile"));
    MasterKeyRotation.Outcome outcome = rotation().rotate();
    assertThat(outcome).isEqualTo(new MasterKeyRotation.Outcome(begun, 2));
    assertThat(start().of(account.id())).containsEntry("A", SECRET);
    assertThat(start().of(stranger.id())).containsEntry("B", "made meanwhile");
    assertThat(rotation().rotate().masterKey()).isNotEqualTo(begun);
  }

  @Test
  void rotationKeepsTheOldKeyWhenAVaultDoesNotOpen() throws Exception {
    Vaults vaults = start();
    vaults.put(account, Map.of("A", SECRET));
    vaults.put(stranger, Map.of("B", "other"));
    execute("UPDATE vault SET wrapped_key = 'AAAA' WHERE account_id = '" + stranger.id() + "'");
    assertFails(ErrorCode.VAULT_UNREADABLE, () -> rotation().rotate());
    assertThat(Files.readString(keyFile().file())).hasLineCount(2);
    assertThat(start().of(account.id())).containsEntry("A", SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1A",
        "A B",
        "A-B",
        "A=B",
        "Ä",
        "A\n",
        "PATH",
        "LD_PRELOAD",
        "BASH_ENV",
        "PYTHONPATH",
        "NODE_OPTIONS",
        "IFS",
        "HOME",
        "_"
      })
  void namesThatAreNoneOrDangerousAreRefusedAndNothingIsStored(String name) {
    Vaults vaults = start();
    OmniRunException failure =
        assertFails(
            ErrorCode.INVALID_REQUEST,
            () -> vaults.put(account, Map.of("GOOD", "x", name, SECRET)));
    assertThat(failure).hasMessageNotContaining(SECRET);
    assertThat(vaults.names(account)).isEmpty();
    assertFails(ErrorCode.CREDENTIAL_NOT_FOUND, () -> vaults.delete(account, name));
  }

  @Test
  void valuesAndVaultsHaveALimit() {
    Vaults vaults = start();
    String largest = "é".repeat(Vaults.MAX_VALUE_BYTES / 2);
    assertFails(ErrorCode.INVALID_REQUEST, () -> vaults.put(account, Map.of("A", largest + "x")));
    assertFails(ErrorCode.INVALID_REQUEST, () -> vaults.put(account, Map.of("A", "a\0b")));
    assertFails(ErrorCode.INVALID_REQUEST, () -> vaults.put(account, Map.of()));
    for (int i = 0; i < 15; i++) {
      vaults.put(account, Map.of("N" + i, largest));
    }
    assertFails(ErrorCode.VAULT_LIMIT, () -> vaults.put(account, Map.of("N15", largest)));
    vaults.put(account, Map.of("N0", largest));
    assertThat(vaults.names(account)).hasSize(15);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:" + url());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void write(Path file, String text) throws IOException {
    OwnerOnlyFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static OmniRunException assertFails(ErrorCode code, ThrowingCallable call) {
    OmniRunException[] found = new OmniRunException[1];
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              found[0] = e;
            });
    return found[0];
  }
}
