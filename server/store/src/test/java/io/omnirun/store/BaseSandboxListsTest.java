package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which sandboxes every engine must list, and in what order. */
abstract class BaseSandboxListsTest extends BaseOpenDatabaseTest {
  @Test
  void livingSandboxesAreListedOldestFirst() {
    Account account = insertAccount(database, 10);
    Sandbox youngest = startedAfter(account, 3);
    Sandbox oldest = startedAfter(account, 1);
    Sandbox middle = startedAfter(account, 2);
    Sandbox paused =
        insert(
            database,
            creating(account, NOON.plus(Duration.ofMinutes(4)), Map.of()),
            SandboxState.PAUSED);
    insert(database, creating(account), SandboxState.CREATING);
    insert(database, creating(account), SandboxState.KILLING);
    insert(database, creating(account), SandboxState.FAILED);
    assertThat(store.listLive(account.id())).containsExactly(oldest, middle, youngest, paused);
  }

  @ParameterizedTest
  @EnumSource(SandboxState.class)
  void unfinishedSandboxesOfAllAccountsAreListed(SandboxState state) {
    Sandbox one = insert(database, creating(insertAccount(database, 1)), state);
    Sandbox other = insert(database, creating(insertAccount(database, 1)), state);
    switch (state) {
      case CREATING, RUNNING, PAUSING, PAUSED, RESUMING, KILLING ->
          assertThat(store.listUnfinished()).contains(one, other);
      case KILLED, FAILED ->
          assertThat(store.listUnfinished())
              .extracting(Sandbox::id)
              .doesNotContain(one.id(), other.id());
    }
  }

  @Test
  void unfinishedSandboxesOfAnotherNodeAreNotListed() {
    SandboxStore other = database.sandboxes(NodeId.random());
    Sandbox mine = creating(insertAccount(database, 1));
    Sandbox theirs = creating(insertAccount(database, 1));
    store.insertCreating(mine);
    other.insertCreating(theirs);
    assertThat(other.listUnfinished()).containsExactly(theirs);
    assertThat(store.listUnfinished()).contains(mine).doesNotContain(theirs);
  }

  @Test
  void sandboxesOfAllNodesAreTheirAccounts() {
    Account account = insertAccount(database, 2);
    SandboxStore other = database.sandboxes(NodeId.random());
    Sandbox theirs = creating(account);
    other.insertCreating(theirs);
    Sandbox mine = creating(account);
    store.insertCreating(mine);
    assertFails(ErrorCode.CONCURRENT_LIMIT, () -> store.insertCreating(creating(account)));
    assertThat(store.find(account.id(), theirs.id())).contains(theirs);
  }

  private Sandbox startedAfter(Account account, int minutes) {
    Instant startedAt = NOON.plus(Duration.ofMinutes(minutes));
    return insert(database, creating(account, startedAt, Map.of()), SandboxState.RUNNING);
  }
}
