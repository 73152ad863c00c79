package io.omnirun.core.llm;

import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.model.AccountId;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmUsageRow;
import java.time.LocalDate;
import java.util.List;

/** Tells accounts what they have spent. Thread-safe; blocks for the database. */
public final class LlmUsageReports {
  private final LlmBudgets budgets;
  private final LlmCaps caps;
  private final LlmLedger ledger;

  /**
   * What an account has spent.
   *
   * @param spent in the period that its cap is for
   * @param rows of that period, the latest day first, some at most
   */
  public record Report(
      LlmCap cap, LocalDate periodStart, LlmAmounts spent, List<LlmUsageRow> rows) {}

  public LlmUsageReports(LlmBudgets budgets, LlmCaps caps, LlmLedger ledger) {
    this.budgets = budgets;
    this.caps = caps;
    this.ledger = ledger;
  }

  /**
   * What the account has spent by now, as far as calls are over; on other nodes, as of a moment
   * ago.
   *
   * @param limit of rows
   */
  public Report of(AccountId account, int limit) {
    budgets.write();
    Budget budget = caps.budgetOf(account);
    return new Report(
        caps.ofAccount(account),
        budget.periodStart(),
        ledger.spent(budget),
        ledger.usage(account, budget.periodStart(), limit));
  }
}
