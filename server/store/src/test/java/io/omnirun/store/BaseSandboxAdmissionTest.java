package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
}
