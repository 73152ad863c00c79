package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Sandbox;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteException;

/** What the stores do when another process writes to the SQLite file, or the disk is full. */
class TestSqliteContention {
  private final Account account = new Account(AccountId.random(), "first", 2);

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @SuppressWarnings("NullAway.Init")
  private SqliteEngine engine;

  @SuppressWarnings("NullAway.Init")
  private Pools pools;

  @SuppressWarnings("NullAway.Init")
  private AccountStore accounts;

  @SuppressWarnings("NullAway.Init")
  private SandboxStore sandboxes;

  @BeforeEach
  void open() {
    engine = new SqliteEngine(directory.resolve("omnirun.db"));
    engine.prepare();
    Migrations.apply(engine.unpooled());
    pools = engine.openPools();
    accounts =
        new SqlAccountStore(new Daos<>(AccountDao.class, pools), new Ledger(Clock.systemUTC()));
    Daos<SandboxDao> daos = new Daos<>(SandboxDao.class, pools);
    sandboxes =
        new SqlSandboxStore(
            daos,
            NODE,
            new Outbox(daos, Clock.systemUTC(), () -> {}),
            new Ledger(Clock.systemUTC()));
    accounts.insertAccount(account, Samples.token(Samples.randomHash()), NOON);
  }

  @AfterEach
  void close() {
    pools.close();
  }

  @Test
  void readsDoNotWaitForTheWriter() throws Exception {
    try (Connection writer = pools.writing().getConnection()) {
      writer.setAutoCommit(false);
      assertThat(accounts.findAccount(account.id())).contains(account);
      assertThat(sandboxes.listUnfinished()).isEmpty();
    }
  }

  @Test
  void writesWaitForAnotherWriterInsteadOfFailing() throws Exception {
    Sandbox sandbox = creating(account);
    FutureTask<Boolean> writes =
        new FutureTask<>(
            () -> {
              sandboxes.insertCreating(sandbox);
              return sandboxes.markRunning(account.id(), sandbox.id());
            });
    try (Connection writer = engine.unpooled().getConnection()) {
      writer.setAutoCommit(false);
      Thread.startVirtualThread(writes);
      Awaitility.await()
          .atMost(1, TimeUnit.MINUTES)
          .until(() -> pools.writing().getHikariPoolMXBean().getActiveConnections() == 1);
    }
    assertThat(writes.get(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void writesThatHaveWaitedTooLongFailAndTheNextOnesSucceed() throws Exception {
    Sandbox sandbox = creating(account);
    Sandbox next = creating(account);
    sandboxes.insertCreating(sandbox);
    SqlitePragmas.read(pools.writing(), "busy_timeout = 1");
    try (Connection writer = engine.unpooled().getConnection()) {
      writer.setAutoCommit(false);
      assertFails(ErrorCode.INTERNAL, () -> sandboxes.markRunning(account.id(), sandbox.id()));
      assertFails(ErrorCode.INTERNAL, () -> sandboxes.insertCreating(next));
    }
    sandboxes.insertCreating(next);
    assertThat(sandboxes.markRunning(account.id(), sandbox.id())).isTrue();
    assertThat(sandboxes.listUnfinished()).hasSize(2);
  }

  @Test
  void fullDiskIsToldAsSuchAndTheStoreGoesOnAfterwards() throws Exception {
    Sandbox large = creating(account, NOON, Map.of("large", "x".repeat(100_000)));
    String pages = SqlitePragmas.read(pools.writing(), "page_count");
    SqlitePragmas.read(pools.writing(), "max_page_count = " + pages);
    assertThat(assertFails(ErrorCode.NO_SPACE, () -> sandboxes.insertCreating(large)))
        .hasRootCauseInstanceOf(SQLiteException.class);
    assertThat(sandboxes.find(account.id(), large.id())).isEmpty();
    SqlitePragmas.read(pools.writing(), "max_page_count = 1000000");
    sandboxes.insertCreating(large);
    assertThat(sandboxes.find(account.id(), large.id())).contains(large);
  }
}
