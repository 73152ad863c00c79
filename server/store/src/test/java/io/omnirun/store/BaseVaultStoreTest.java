package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.core.ports.VaultStore.Insertion;
import io.omnirun.core.ports.VaultStore.Limits;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.VaultId;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with vaults. */
abstract class BaseVaultStoreTest extends BaseOpenDatabaseTest {
  private static final Limits PLENTY = new Limits(1_000, 1_000_000);
  private static final int WRITERS = 8;
  private static final String OLD = "mk_old";
  private static final String NEW = "mk_new";

  @SuppressWarnings("NullAway.Init")
  private VaultStore vaults;

  @BeforeEach
  void chooseMasterKey() {
    vaults = database.vaults();
    vaults.setFirstMasterKey(record(OLD));
    vaults.replaceMasterKey(record(OLD));
  }

  @Test
  void accountHasOneVaultAndItsOwnCredentials() {
    StoredVault vault = insert();
    assertThat(vaults.find(vault.account())).contains(vault);
    StoredVault second = new StoredVault(vault.account(), VaultId.random(), vault.key());
    assertThat(vaults.insert(second, NOON)).isEqualTo(Insertion.EXISTS);
    assertThat(vaults.find(vault.account())).contains(vault);

    put(vault, "B", "A");
    StoredVault stranger = insert();
    assertThat(vaults.names(stranger.account())).isEmpty();
    assertThat(vaults.delete(stranger.account(), "A")).isFalse();
    assertThat(vaults.credentials(stranger.account())).isEmpty();
    assertThat(vaults.names(vault.account())).containsExactly("A", "B");
    assertThat(vaults.delete(vault.account(), "A")).isTrue();
    assertThat(vaults.delete(vault.account(), "A")).isFalse();
    assertThat(vaults.credentials(vault.account()))
        .containsExactly(new SealedCredential("B", 1, 10, "sealed B 1"));
  }

  @Test
  void versionsGrowAlsoAfterADeletion() {
    StoredVault vault = insert();
    assertThat(put(vault, "A")).isEqualTo(1);
    assertThat(put(vault, "A", "B")).isEqualTo(2);
    vaults.delete(vault.account(), "A");
    assertThat(put(vault, "A")).isEqualTo(3);
    assertThat(vaults.credentials(vault.account()))
        .containsExactlyInAnyOrder(
            new SealedCredential("A", 3, 10, "sealed A 3"),
            new SealedCredential("B", 2, 10, "sealed B 2"));
  }

  @Test
  void whatWouldBeTooMuchIsNotStoredInPart() {
    StoredVault vault = insert();
    put(vault, "A");
    assertFails(ErrorCode.VAULT_LIMIT, () -> put(vault, new Limits(2, 1_000), "A", "B", "C"));
    assertFails(ErrorCode.VAULT_LIMIT, () -> put(vault, new Limits(10, 29), "B", "C"));
    assertThat(vaults.credentials(vault.account()))
        .containsExactly(new SealedCredential("A", 1, 10, "sealed A 1"));
    assertThat(put(vault, new Limits(3, 30), "A", "B", "C")).isEqualTo(2);
  }

  @Test
  void writersAtOnceGetVersionsOfTheirOwnAndKeepTheLimit() throws Exception {
    StoredVault vault = insert();
    List<Callable<Long>> writers =
        IntStream.range(0, WRITERS)
            .<Callable<Long>>mapToObj(
                number -> () -> put(vault, new Limits(WRITERS, 10 * WRITERS), "N" + number))
            .toList();
    assertThat(Race.run(writers)).doesNotHaveDuplicates();
    assertFails(
        ErrorCode.VAULT_LIMIT, () -> put(vault, new Limits(WRITERS, 10 * WRITERS), "ANOTHER"));
    assertThat(vaults.names(vault.account())).hasSize(WRITERS);
  }

  @Test
  void ofInsertionsAtOnceOneMakesTheVault() throws Exception {
    AccountId account = insertAccount(database, 1).id();
    Callable<Insertion> insertion = () -> vaults.insert(vault(account, OLD), NOON);
    assertThat(Race.run(Collections.nCopies(WRITERS, insertion)))
        .containsOnlyOnce(Insertion.DONE)
        .contains(Insertion.EXISTS);
  }

  @Test
  void vaultUnderAnotherMasterKeyIsNotInserted() {
    AccountId account = insertAccount(database, 1).id();
    vaults.replaceMasterKey(record(NEW));
    assertThat(vaults.insert(vault(account, OLD), NOON)).isEqualTo(Insertion.OTHER_MASTER_KEY);
    assertThat(vaults.find(account)).isEmpty();
    assertThat(vaults.insert(vault(account, NEW), NOON)).isEqualTo(Insertion.DONE);
  }

  @Test
  void firstMasterKeyStaysUntilItIsReplaced() {
    vaults.setFirstMasterKey(record(NEW));
    assertThat(vaults.masterKey()).contains(record(OLD));
    vaults.replaceMasterKey(record(NEW));
    assertThat(vaults.masterKey()).contains(record(NEW));
  }

  @Test
  void keysAreWrappedAnewOnceEach() {
    StoredVault first = insert();
    StoredVault second = insert();
    put(first, "A");
    assertThat(vaults.hasVaults()).isTrue();
    assertThat(vaults.wrappedByOthers(NEW, 1_000)).contains(first, second);
    assertThat(vaults.wrappedByOthers(NEW, 1)).hasSize(1);
    WrappedKey rewrapped = new WrappedKey(NEW, "again");
    assertThat(vaults.rewrap(first, rewrapped)).isTrue();
    assertThat(vaults.rewrap(first, rewrapped)).isFalse();
    assertThat(vaults.wrappedByOthers(NEW, 1_000)).contains(second).doesNotContain(first);
    assertThat(vaults.find(first.account()).orElseThrow().key()).isEqualTo(rewrapped);
    assertThat(vaults.names(first.account())).containsExactly("A");
  }

  private StoredVault insert() {
    StoredVault vault = vault(insertAccount(database, 1).id(), OLD);
    assertThat(vaults.insert(vault, NOON)).isEqualTo(Insertion.DONE);
    return vault;
  }

  private static StoredVault vault(AccountId account, String masterKey) {
    return new StoredVault(
        account, VaultId.random(), new WrappedKey(masterKey, "wrapped for " + account));
  }

  private static MasterKeyRecord record(String masterKey) {
    return new MasterKeyRecord(new WrappedKey(masterKey, "canary of " + masterKey));
  }

  private long put(StoredVault vault, String... names) {
    return put(vault, PLENTY, names);
  }

  /** Each counts ten bytes. */
  private long put(StoredVault vault, Limits limits, String... names) {
    return vaults.put(
        vault.account(),
        limits,
        NOON,
        version ->
            List.of(names).stream()
                .map(
                    name ->
                        new SealedCredential(name, version, 10, "sealed " + name + " " + version))
                .toList());
  }
}
