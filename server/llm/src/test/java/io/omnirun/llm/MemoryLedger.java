package io.omnirun.llm;

import io.omnirun.core.ports.LlmLedger;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmBooking;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.LlmUsageRow;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A ledger that forgets when it ends. The real one is tested on both databases, in the store. */
final class MemoryLedger implements LlmLedger {
  private final Map<Budget, LlmAmounts> gone = new HashMap<>();
  private final Map<LlmSubject, LlmCap> caps = new HashMap<>();
  private final List<LlmBooking> bookings = new ArrayList<>();

  @Override
  public synchronized List<LlmAmounts> take(List<Claim> claims) {
    return claims.stream().map(this::take).toList();
  }

  private LlmAmounts take(Claim claim) {
    LlmAmounts cap =
        new LlmAmounts(
            claim.cap().picodollars().orElse(Long.MAX_VALUE),
            claim.cap().tokens().orElse(Long.MAX_VALUE));
    LlmAmounts left = cap.minus(gone.getOrDefault(claim.budget(), LlmAmounts.NONE));
    if (!left.covers(claim.needed())) {
      throw new OmniRunException(ErrorCode.LLM_CAP_REACHED, "the spend cap is reached");
    }
    gone.merge(claim.budget(), claim.needed(), LlmAmounts::plus);
    return claim.needed();
  }

  @Override
  public synchronized void book(Batch batch) {
    bookings.addAll(batch.bookings());
  }

  synchronized List<LlmBooking> bookings() {
    return List.copyOf(bookings);
  }

  @Override
  public void forfeit() {
    // Nobody was there before.
  }

  @Override
  public synchronized LlmAmounts spent(Budget budget) {
    return bookings.stream().map(LlmBooking::amounts).reduce(LlmAmounts.NONE, LlmAmounts::plus);
  }

  @Override
  public List<LlmUsageRow> usage(
      AccountId account, Optional<SandboxId> sandbox, LocalDate since, int limit) {
    return List.of();
  }

  @Override
  public synchronized Optional<LlmCap> cap(AccountId account, LlmSubject subject) {
    return Optional.ofNullable(caps.get(subject));
  }

  @Override
  public synchronized void setCap(AccountId account, LlmSubject subject, LlmCap cap) {
    caps.put(subject, cap);
  }

  @Override
  public synchronized void clearCap(AccountId account, LlmSubject subject) {
    caps.remove(subject);
  }
}
