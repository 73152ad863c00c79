package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whom every engine must let have a sandbox, one caller at a time. */
abstract class BaseSandboxAdmissionTest extends BaseOpenDatabaseTest {
  @ParameterizedTest
  @EnumSource(SandboxState.class)
  void sandboxTakesAPlaceExactlyInTheConcurrentStates(SandboxState state) {
    Account account = insertAccount(database, 1);
    insert(database, creating(account), state);
    Sandbox second = creating(account);
    if (state.isConcurrent()) {
      assertFails(ErrorCode.CONCURRENT_LIMIT, () -> store.insertCreating(second));
      assertThat(store.find(account.id(), second.id())).isEmpty();
    } else {
      store.insertCreating(second);
      assertThat(store.find(account.id(), second.id())).contains(second);
    }
  }

  @Test
  void refusedSandboxIsToldTheDocumentedMessage() {
    Account account = insertAccount(database, 0);
    assertThat(
            assertFails(ErrorCode.CONCURRENT_LIMIT, () -> store.insertCreating(creating(account))))
        .hasMessage("concurrent sandbox limit reached");
  }

  @Test
  void limitOfAnAccountIsItsOwn() {
    insert(database, creating(insertAccount(database, 1)), SandboxState.RUNNING);
    Sandbox another = creating(insertAccount(database, 1));
    store.insertCreating(another);
    assertThat(store.find(another.account(), another.id())).contains(another);
  }

  @Test
  void unknownAccountGetsNoSandbox() {
    Account unknown = new Account(AccountId.random(), "nobody", 3);
    Sandbox sandbox = creating(unknown);
    assertFails(ErrorCode.UNAUTHORIZED, () -> store.insertCreating(sandbox));
    assertThat(store.find(unknown.id(), sandbox.id())).isEmpty();
  }

  @Test
  void sandboxIsInsertedOnceAndTheSecondTimeChangesNothing() {
    Account account = insertAccount(database, 5);
    Sandbox sandbox = insert(database, creating(account), SandboxState.RUNNING);
    assertThat(
            assertFails(
                ErrorCode.INTERNAL,
                () -> store.insertCreating(sandbox.withState(SandboxState.CREATING))))
        .hasRootCauseInstanceOf(SQLException.class);
    assertThat(store.find(account.id(), sandbox.id())).contains(sandbox);
  }

  /** A sample has 2 vCPUs, 1,024 MiB of memory and 512 MiB of disk. */
  @ParameterizedTest
  @CsvSource({
    "3, 8192, 8192, CPU_LIMIT, this sandbox takes 2 vCPUs and your account has 1 left",
    "8, 2047, 8192, MEMORY_LIMIT, this sandbox takes 1024 MB of memory and your account has 1023 left",
    "8, 8192, 1023, DISK_LIMIT, this sandbox takes 512 MB of disk and your account has 511 left",
  })
  void machinesOfAnAccountHaveLimitsTogether(
      int vcpus, int memoryMib, int diskMib, ErrorCode code, String message) {
    Account account = insertAccount(database, 5);
    limit(account, vcpus, memoryMib, diskMib);
    Sandbox first = insert(database, creating(account), SandboxState.RUNNING);
    Sandbox second = creating(account);
    assertThat(assertFails(code, () -> store.insertCreating(second)))
        .hasMessageStartingWith(message);
    assertThat(store.find(account.id(), second.id())).isEmpty();
    limit(account, 4, 2048, 1024);
    store.insertCreating(second);
    assertThat(store.find(account.id(), first.id())).contains(first);
  }

  @Test
  void pausedSandboxKeepsItsDiskAloneAndItsMachineMustFitAgain() {
    Account account = insertAccount(database, 5);
    limit(account, 2, 1024, 1024);
    Sandbox paused = insert(database, creating(account), SandboxState.PAUSED);
    insert(database, creating(account), SandboxState.RUNNING);
    assertFails(ErrorCode.CPU_LIMIT, () -> store.beginResume(account.id(), paused.id()));
    limit(account, 4, 1024, 1024);
    assertFails(ErrorCode.MEMORY_LIMIT, () -> store.beginResume(account.id(), paused.id()));
    assertThat(store.find(account.id(), paused.id()).orElseThrow().state())
        .isEqualTo(SandboxState.PAUSED);
    limit(account, 6, 8192, 1024);
    assertFails(ErrorCode.DISK_LIMIT, () -> store.insertCreating(creating(account)));
    assertThat(store.beginResume(account.id(), paused.id())).isTrue();
  }

  private void limit(Account account, int maxVcpus, int maxMemoryMib, int maxDiskMib) {
    AccountLimits limits = new AccountLimits(5, 5, maxVcpus, maxMemoryMib, maxDiskMib, 50);
    assertThat(database.administration().setLimits(account.id(), limits)).isTrue();
  }
}
