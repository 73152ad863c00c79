package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.EventId;
import io.omnirun.model.EventType;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes changes of sandboxes, writes them down and keeps, in one transaction, the events they mean
 * for those webhooks that want them. Thread-safe.
 */
final class Outbox {
  /** A receiver that is away for long shall not fill the database. */
  static final int MAX_WAITING = 1_000;

  private static final String OVERFLOW =
      "%,d events wait already: those that came after them are lost".formatted(MAX_WAITING);

  private record Outcome(int moved, int kept) {}

  private final Daos<SandboxDao> daos;
  private final Clock clock;
  private final Runnable eventsKept;
  private final Ledger ledger;

  /**
   * @param eventsKept is run when there is something to deliver; must return at once
   */
  Outbox(Daos<SandboxDao> daos, Clock clock, Runnable eventsKept) {
    this.daos = daos;
    this.clock = clock;
    this.eventsKept = eventsKept;
    this.ledger = new Ledger(clock);
  }

  /**
   * Runs the statement that moves a sandbox; answers whether it did.
   *
   * @param change answers how many rows it has changed
   */
  boolean move(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Function<SandboxDao, Integer> change) {
    return move(account, id, from, to, Optional.empty(), change);
  }

  /**
   * The same with something to say to people about it.
   *
   * @param detail for the audit
   */
  boolean move(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Optional<String> detail,
      Function<SandboxDao, Integer> change) {
    Outcome outcome =
        daos.writeAtomically(
            dao -> {
              int moved = change.apply(dao);
              if (moved == 1) {
                ledger.moved(dao, account, id, from, to, detail);
                stopExposures(dao, account, id, to);
              }
              return new Outcome(moved, moved == 1 ? keep(dao, account, id, from, to) : 0);
            });
    if (outcome.kept() > 0) {
      eventsKept.run();
    }
    return outcome.moved() == 1;
  }

  /**
   * Runs a statement that leaves a sandbox in its state, and writes it down; answers whether it
   * did.
   *
   * @param change answers how many rows it has changed
   */
  boolean change(
      AccountId account, SandboxId id, AuditAction action, Function<SandboxDao, Integer> change) {
    return daos.writeAtomically(
        dao -> {
          boolean changed = change.apply(dao) == 1;
          if (changed) {
            ledger.success(dao, account, action, id.value());
          }
          return changed;
        });
  }

  /** What has begun to end is shown to nobody any more. */
  private void stopExposures(SandboxDao dao, AccountId account, SandboxId id, SandboxState to) {
    if (to == SandboxState.KILLING || to.isFinal()) {
      dao.stopExposures(account.value(), id.value(), clock.instant().toEpochMilli());
    }
  }

  private int keep(
      SandboxDao dao, AccountId account, SandboxId id, SandboxState from, SandboxState to) {
    if (!dao.hasWebhooks(account.value())) {
      return 0;
    }
    Sandbox sandbox = dao.find(account.value(), id.value()).orElseThrow();
    Optional<EventType> type = EventType.of(from, to, sandbox.endReason());
    return type.map(happened -> keep(dao, sandbox, happened)).orElse(0);
  }

  private int keep(SandboxDao dao, Sandbox sandbox, EventType type) {
    Instant now = clock.instant();
    EventId event = EventId.random();
    return keep(
        dao, sandbox.account(), event, type, EventJson.write(event, type, now, sandbox), now);
  }

  /**
   * Keeps an event in the transaction of the change it tells of; answers how many webhooks want it.
   */
  static int keep(
      OutboxDao dao, AccountId account, EventId event, EventType type, String body, Instant now) {
    dao.countOverflow(account.value(), type.text(), MAX_WAITING, OVERFLOW);
    return dao.keepEvent(
        account.value(), event.value(), type.text(), body, now.toEpochMilli(), MAX_WAITING);
  }
}
