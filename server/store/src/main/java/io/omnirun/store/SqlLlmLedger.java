package io.omnirun.store;

import io.omnirun.core.ports.LlmLedger;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Picodollars;
import io.omnirun.model.SandboxId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What language models cost, in the tables {@code llm_…}. */
final class SqlLlmLedger implements LlmLedger {
  private final Daos<LlmDao> daos;
  private final String node;
  private final Ledger ledger;

  SqlLlmLedger(Daos<LlmDao> daos, NodeId node, Ledger ledger) {
    this.daos = daos;
    this.node = node.value();
    this.ledger = ledger;
  }

  @Override
  public List<LlmAmounts> take(List<Claim> claims) {
    return daos.writeAtomically(
        dao -> {
          // All claims are one account's; nobody else adds its sums meanwhile.
          dao.lockAccount(claims.getFirst().budget().account().value());
          List<LlmAmounts> given = new ArrayList<>();
          claims.forEach(claim -> given.add(take(dao, claim)));
          return given;
        });
  }

  private LlmAmounts take(LlmDao dao, Claim claim) {
    BudgetKey key = BudgetKey.of(claim.budget());
    LlmAmounts gone = dao.spent(key).plus(dao.taken(key));
    // A cap that was lowered may be overspent.
    LlmAmounts left = whole(claim.cap()).minus(gone).max(LlmAmounts.NONE);
    if (!left.covers(claim.needed())) {
      throw capReached(claim, left);
    }
    LlmAmounts given = claim.wanted().min(left);
    dao.take(key, node, given);
    return given;
  }

  /** What has no cap is not claimed, and there is always enough. */
  private static LlmAmounts whole(LlmCap cap) {
    return new LlmAmounts(whole(cap.picodollars()), whole(cap.tokens()));
  }

  private static long whole(OptionalLong cap) {
    return cap.orElse(Long.MAX_VALUE / 2);
  }

  private static OmniRunException capReached(Claim claim, LlmAmounts left) {
    boolean money = left.picodollars() < claim.needed().picodollars();
    return new OmniRunException(
        ErrorCode.LLM_CAP_REACHED,
        "the spend cap of %s is reached: %s left, and this call can take as much as %s; ask for a"
                .formatted(
                    claim.budget().subject().shown(),
                    money ? cents(left.picodollars()) : left.tokens() + " tokens are",
                    money
                        ? cents(claim.needed().picodollars())
                        : claim.needed().tokens() + " tokens")
            + " shorter answer (max_completion_tokens), or for a higher cap");
  }

  private static String cents(long picodollars) {
    return "%.4f cents".formatted((double) picodollars / Picodollars.PER_CENT);
  }

  @Override
  public void book(Batch batch) {
    daos.writeAtomically(
        dao -> {
          if (dao.beginBatch(node, batch.id()) == 1) {
            dao.addUsage(sums(batch.bookings()));
            batch.movements().stream()
                .sorted(Comparator.comparing(movement -> movement.budget().toString()))
                .forEach(movement -> move(dao, movement));
            dao.deleteEmpty(node);
          }
          return batch;
        });
  }

  /** In one order, like the movements: nodes that write at once wait, and do not deadlock. */
  private static Collection<LlmUsageSums> sums(List<LlmBooking> bookings) {
    Map<LlmUsageSums.Key, LlmUsageSums> sums = new HashMap<>();
    for (LlmBooking booking : bookings) {
      LlmUsageSums one = LlmUsageSums.of(booking);
      sums.merge(one.key(), one, LlmUsageSums::plus);
    }
    return sums.values().stream()
        .sorted(Comparator.comparing(each -> each.key().toString()))
        .toList();
  }

  private void move(LlmDao dao, Movement movement) {
    BudgetKey key = BudgetKey.of(movement.budget());
    if (!movement.spent().equals(LlmAmounts.NONE)) {
      dao.spend(key, movement.spent());
    }
    if (!movement.released().equals(LlmAmounts.NONE)) {
      dao.release(key, node, movement.released());
    }
  }

  @Override
  public void forfeit() {
    daos.writeAtomically(
        dao -> {
          dao.spendAllTaken(node);
          return dao.deleteTaken(node);
        });
  }

  @Override
  public LlmAmounts spent(Budget budget) {
    return daos.read(dao -> dao.spent(BudgetKey.of(budget)));
  }

  @Override
  public List<LlmUsageRow> usage(
      AccountId account, Optional<SandboxId> sandbox, LocalDate since, int limit) {
    String only = sandbox.map(SandboxId::value).orElse("");
    return daos.read(dao -> dao.usage(account.value(), only, since.toString(), limit));
  }

  @Override
  public Optional<LlmCap> cap(AccountId account, LlmSubject subject) {
    return daos.read(dao -> dao.cap(account.value(), subject.text()));
  }

  @Override
  public void setCap(AccountId account, LlmSubject subject, LlmCap cap) {
    daos.writeAtomically(
        dao -> {
          ledger.success(dao, account, AuditAction.LLM_CAP, subject.text(), text(cap));
          return dao.setCap(account.value(), subject.text(), CapRow.of(cap));
        });
  }

  private static String text(LlmCap cap) {
    return "%s, %s, %s"
        .formatted(
            cap.picodollars().isPresent() ? cents(cap.picodollars().getAsLong()) : "any money",
            cap.tokens().isPresent() ? cap.tokens().getAsLong() + " tokens" : "any tokens",
            cap.period().text());
  }

  @Override
  public void clearCap(AccountId account, LlmSubject subject) {
    daos.writeAtomically(
        dao -> {
          ledger.success(dao, account, AuditAction.LLM_CAP, subject.text(), "the usual one");
          return dao.clearCap(account.value(), subject.text());
        });
  }
}
