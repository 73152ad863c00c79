package io.omnirun.core.llm;

import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsageRow;
import java.util.List;
import java.util.Map;

/** Tells callers what they have spent. Thread-safe; blocks for the database. */
public final class LlmUsageReports {
  private final LlmBudgets budgets;
  private final LlmCaps caps;
  private final LlmLedger ledger;

  /**
   * How much of a budget is spent.
   *
   * @param spent in the period that the cap is for
   */
  public record Standing(Budget budget, LlmCap cap, LlmAmounts spent) {}

  /**
   * What a caller has spent.
   *
   * @param whole the account's; of a sandbox that asks, its own
   * @param own of the token that asks, if it has a cap
   * @param rows of the whole's period, the latest day first, some at most
   */
  public record Report(Standing whole, List<Standing> own, List<LlmUsageRow> rows) {}

  public LlmUsageReports(LlmBudgets budgets, LlmCaps caps, LlmLedger ledger) {
    this.budgets = budgets;
    this.caps = caps;
    this.ledger = ledger;
  }

  /**
   * What was spent by now, as far as calls are over; on other nodes, as of a moment ago. A sandbox
   * is told of nothing but itself.
   *
   * @param limit of rows
   */
  public Report of(LlmCaller caller, int limit) {
    budgets.write();
    List<Standing> all = caps.of(caller).entrySet().stream().map(this::standing).toList();
    Standing whole =
        caller.sandbox().isPresent()
            ? find(all, LlmSubject.of(caller.sandbox().get()))
            : find(all, LlmSubject.ACCOUNT);
    List<Standing> own =
        caller.token().map(LlmSubject::of).stream()
            .flatMap(token -> all.stream().filter(s -> s.budget().subject().equals(token)))
            .toList();
    return new Report(
        whole,
        own,
        ledger.usage(caller.account().id(), caller.sandbox(), whole.budget().periodStart(), limit));
  }

  private Standing standing(Map.Entry<Budget, LlmCap> cap) {
    return new Standing(cap.getKey(), cap.getValue(), ledger.spent(cap.getKey()));
  }

  private static Standing find(List<Standing> all, LlmSubject subject) {
    return all.stream().filter(s -> s.budget().subject().equals(subject)).findFirst().orElseThrow();
  }
}
