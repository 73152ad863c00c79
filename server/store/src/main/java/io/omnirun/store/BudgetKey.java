package io.omnirun.store;

import io.omnirun.core.ports.LlmLedger.Budget;

/** The columns that name a budget. Public for JDBI's reflection alone. */
public record BudgetKey(String accountId, String subject, String periodStart) {
  static BudgetKey of(Budget budget) {
    return new BudgetKey(
        budget.account().value(), budget.subject().text(), budget.periodStart().toString());
  }
}
