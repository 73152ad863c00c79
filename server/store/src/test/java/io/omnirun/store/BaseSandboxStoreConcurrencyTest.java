package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insert;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;

/**
 * What every engine must do with sandboxes when many callers come at once, through two servers that
 * share the database: each has connections of its own.
 */
abstract class BaseSandboxStoreConcurrencyTest {
  private static final int CALLERS = 50;
  private static final int MAX_CONCURRENT_SANDBOXES = 7;

  @SuppressWarnings("NullAway.Init")
  private List<Database> servers;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    DatabaseConfig config = new DatabaseConfig(newDatabaseUrl());
    servers = List.of(Database.open(config), Database.open(config));
  }

  @AfterEach
  void close() {
    servers.forEach(Database::close);
  }

  @RepeatedTest(3)
  void exactlyAsManyParallelCreatesSucceedAsTheAccountMayHave() throws Exception {
    Account account = insertAccount(servers.getFirst(), MAX_CONCURRENT_SANDBOXES);
    List<Callable<Boolean>> creates = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Database server = servers.get(i % servers.size());
      creates.add(() -> isAdmitted(server, creating(account)));
    }
    List<Boolean> admitted = Race.run(creates);
    assertThat(admitted.stream().filter(done -> done)).hasSize(MAX_CONCURRENT_SANDBOXES);
    assertThat(servers.getFirst().sandboxes(NODE).listUnfinished())
        .hasSize(MAX_CONCURRENT_SANDBOXES);
  }

  @RepeatedTest(3)
  void oneOfManyKillsWins() throws Exception {
    Sandbox sandbox =
        insert(
            servers.getFirst(),
            creating(insertAccount(servers.getFirst(), 1)),
            SandboxState.RUNNING);
    List<Callable<Boolean>> kills = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Database server = servers.get(i % servers.size());
      kills.add(() -> kill(server, sandbox));
    }
    assertThat(Race.run(kills).stream().filter(won -> won)).hasSize(1);
  }

  @RepeatedTest(3)
  void killOrFailureWinsButNeverBoth() throws Exception {
    Account account = insertAccount(servers.getFirst(), CALLERS);
    for (int i = 0; i < 10; i++) {
      Sandbox sandbox = insert(servers.getFirst(), creating(account), SandboxState.RUNNING);
      List<Boolean> won =
          Race.run(
              List.of(
                  () -> kill(servers.getFirst(), sandbox), () -> fail(servers.getLast(), sandbox)));
      assertThat(won).containsOnlyOnce(true);
      SandboxState state = won.getFirst() ? SandboxState.KILLING : SandboxState.FAILED;
      assertThat(servers.getFirst().sandboxes(NODE).find(account.id(), sandbox.id()))
          .hasValueSatisfying(found -> assertThat(found.state()).isEqualTo(state));
    }
  }

  private static boolean isAdmitted(Database server, Sandbox sandbox) {
    try {
      server.sandboxes(NODE).insertCreating(sandbox);
      return true;
    } catch (OmniRunException e) {
      assertThat(e.code()).as(Failures.text(e)).isEqualTo(ErrorCode.CONCURRENT_LIMIT);
      assertThat(e).hasMessage("concurrent sandbox limit reached");
      return false;
    }
  }

  private static boolean kill(Database server, Sandbox sandbox) {
    return server
        .sandboxes(NODE)
        .transition(sandbox.account(), sandbox.id(), SandboxState.RUNNING, SandboxState.KILLING);
  }

  private static boolean fail(Database server, Sandbox sandbox) {
    return server
        .sandboxes(NODE)
        .finish(
            sandbox.account(),
            sandbox.id(),
            SandboxState.RUNNING,
            SandboxState.FAILED,
            NOON,
            Optional.of("signal 9"));
  }
}
