package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.SandboxId;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * What language models have cost, and what may still be spent, as a node sees it; durable. A node
 * takes out of a budget before it spends, so several nodes together never spend more than a cap.
 * Thread-safe; calls block for the database.
 */
public interface LlmLedger {
  /** What a subject may spend in a period, beginning with a day. */
  record Budget(AccountId account, LlmSubject subject, LocalDate periodStart) {}

  /**
   * What a node wants of a budget.
   *
   * @param needed what it must have, or nothing of anything
   * @param wanted at least as much; what is left of it is given, too
   */
  record Claim(Budget budget, LlmCap cap, LlmAmounts needed, LlmAmounts wanted) {}

  /**
   * What a node has done with what it had taken out of a budget.
   *
   * @param spent is gone
   * @param released the node has not taken out any more: it is spent, or the budget's again
   */
  record Movement(Budget budget, LlmAmounts spent, LlmAmounts released) {}

  /**
   * What is to be written down in one step.
   *
   * @param id of one node's: the same again is the same batch, and changes nothing more
   */
  record Batch(String id, List<LlmBooking> bookings, List<Movement> movements) {}

  /**
   * Takes out of every budget, or of none.
   *
   * @return for each claim what was given: {@code needed} at least, {@code wanted} at most
   * @throws io.omnirun.model.OmniRunException LLM_CAP_REACHED if one has not what is needed
   */
  List<LlmAmounts> take(List<Claim> claims);

  /** Writes down what was spent, once. */
  void book(Batch batch);

  /**
   * Counts as spent what this node took out before it was killed: how much of it was, nobody knows.
   * To be called before it takes anything.
   */
  void forfeit();

  /** What is spent of a budget. */
  LlmAmounts spent(Budget budget);

  /**
   * What an account has used up since a day, of the latest day first.
   *
   * @param sandbox all but what that one has used is left out; empty: nothing is
   */
  List<LlmUsageRow> usage(
      AccountId account, Optional<SandboxId> sandbox, LocalDate since, int limit);

  /** The cap that somebody has set; empty: none was. */
  Optional<LlmCap> cap(AccountId account, LlmSubject subject);

  /** Sets a cap, instead of one that was set before. */
  void setCap(AccountId account, LlmSubject subject, LlmCap cap);

  /** Takes a cap back that was set. */
  void clearCap(AccountId account, LlmSubject subject);
}
