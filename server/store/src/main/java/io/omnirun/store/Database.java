package io.omnirun.store;

import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.AdminStore;
import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.DeliveryQueue;
import io.omnirun.core.ports.ExposureStore;
import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.core.ports.SignInStore;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.core.ports.WebhookStore;
import io.omnirun.model.NodeId;
import java.time.Clock;

/**
 * An open database with the current schema. Thread-safe.
 *
 * <p>Times are kept in milliseconds: what is finer is cut off.
 */
public final class Database implements AutoCloseable {
  private static final Ledger LEDGER = new Ledger(Clock.systemUTC());

  private final Pools pools;
  private final Daos<SandboxDao> sandboxes;
  private final Daos<ExposureDao> exposures;
  private final Daos<WebhookDao> webhooks;
  private final Daos<DeliveryDao> deliveries;
  private final Daos<LlmDao> llm;
  private final AccountStore accounts;
  private final VaultStore vaults;
  private final TokenStore tokens;
  private final AdminStore administration;
  private final SignInStore signIns;
  private final SecondFactorStore secondFactors;
  private final AuditLog audit;

  private Database(Pools pools) {
    this.pools = pools;
    this.sandboxes = new Daos<>(SandboxDao.class, pools);
    this.exposures = new Daos<>(ExposureDao.class, pools);
    this.webhooks = new Daos<>(WebhookDao.class, pools);
    this.deliveries = new Daos<>(DeliveryDao.class, pools);
    this.llm = new Daos<>(LlmDao.class, pools);
    this.accounts = new SqlAccountStore(new Daos<>(AccountDao.class, pools), LEDGER);
    this.tokens = new SqlTokenStore(new Daos<>(TokenDao.class, pools), LEDGER);
    this.administration = new SqlAdminStore(new Daos<>(AdminDao.class, pools), LEDGER);
    this.signIns = new SqlSignInStore(new Daos<>(SignInDao.class, pools));
    this.secondFactors = new SqlSecondFactorStore(new Daos<>(SecondFactorDao.class, pools), LEDGER);
    this.vaults = new SqlVaultStore(new Daos<>(VaultDao.class, pools), LEDGER);
    this.audit = new SqlAuditLog(new Daos<>(AuditDao.class, pools));
  }

  /**
   * Opens a database and brings its schema up to date. An SQLite file is made if there is none,
   * readable for the server's user alone. Blocks for connections and migrations. The caller closes
   * the result.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if the url is wrong, nothing
   *     usable is behind it, or a newer version of OmniRun has used the database; NO_SPACE if its
   *     disk is full
   */
  public static Database open(DatabaseConfig config) {
    Engine engine = DatabaseUrl.parse(config.url());
    engine.prepare();
    Migrations.apply(engine.unpooled());
    try {
      return new Database(engine.openPools());
    } catch (PoolInitializationException e) {
      throw DatabaseFailures.whenOpening(e);
    }
  }

  /**
   * The sandboxes as a node sees them; usable until this is closed.
   *
   * @param node whose are those that are inserted, and those listed as unfinished
   */
  public SandboxStore sandboxes(NodeId node) {
    return sandboxes(node, Clock.systemUTC(), () -> {});
  }

  /**
   * The same, with somebody who is told when there are events to deliver.
   *
   * @param clock dates the events
   * @param eventsKept must return at once
   */
  public SandboxStore sandboxes(NodeId node, Clock clock, Runnable eventsKept) {
    return new SqlSandboxStore(
        sandboxes, node, new Outbox(sandboxes, clock, eventsKept), new Ledger(clock));
  }

  /**
   * The exposures as a node sees them; usable until this is closed.
   *
   * @param node for whose sandboxes' exposures it waits
   * @param clock dates the events
   * @param eventsKept is run when there is something to deliver; must return at once
   */
  public ExposureStore exposures(NodeId node, Clock clock, Runnable eventsKept) {
    return new SqlExposureStore(
        exposures, node, new ReadyEvents(clock, eventsKept), new Ledger(clock));
  }

  /** The webhooks; those that are inserted are a node's. Usable until this is closed. */
  public WebhookStore webhooks(NodeId node) {
    return new SqlWebhookStore(webhooks, node, LEDGER);
  }

  /** What waits for the webhooks of a node; usable until this is closed. */
  public DeliveryQueue deliveries(NodeId node) {
    return new SqlDeliveryQueue(deliveries, node);
  }

  /** What language models cost, as a node sees it; usable until this is closed. */
  public LlmLedger llm(NodeId node) {
    return new SqlLlmLedger(llm, node, LEDGER);
  }

  /** The accounts; usable until this is closed. */
  public AccountStore accounts() {
    return accounts;
  }

  /** The vaults; usable until this is closed. */
  public VaultStore vaults() {
    return vaults;
  }

  /** Their tokens; usable until this is closed. */
  public TokenStore tokens() {
    return tokens;
  }

  /** The accounts as administrators see them; usable until this is closed. */
  public AdminStore administration() {
    return administration;
  }

  /** Codes to sign in; usable until this is closed. */
  public SignInStore signIns() {
    return signIns;
  }

  /** Second factors; usable until this is closed. */
  public SecondFactorStore secondFactors() {
    return secondFactors;
  }

  /** The audit; usable until this is closed. */
  public AuditLog audit() {
    return audit;
  }

  /** Closes every connection; calls under way fail. Idempotent. */
  @Override
  public void close() {
    pools.close();
  }
}
