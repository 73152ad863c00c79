package io.omnirun.core.llm;

import io.omnirun.core.BriefCache;
import io.omnirun.core.ports.LlmLedger;
import io.omnirun.core.ports.LlmLedger.Budget;
import io.omnirun.model.AccountId;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmSubject;
import io.omnirun.model.TokenId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What bounds a caller: the account's cap, its token's, its sandbox's own. What somebody has set
 * holds a second later at the latest. Thread-safe; blocks for the database.
 */
public final class LlmCaps {
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  /** More than call within a second. */
  private static final int MAX_REMEMBERED = 10_000;

  private record Key(AccountId account, LlmSubject subject) {}

  private final LlmLedger ledger;
  private final LlmCap usual;
  private final Clock clock;
  private final BriefCache<Key, Optional<LlmCap>> known;

  /**
   * @param usual of an account for which nobody has set another
   */
  public LlmCaps(LlmLedger ledger, LlmCap usual, Clock clock) {
    this.ledger = ledger;
    this.usual = usual;
    this.clock = clock;
    this.known =
        new BriefCache<>(
            REMEMBERED,
            MAX_REMEMBERED,
            System::nanoTime,
            key -> ledger.cap(key.account(), key.subject()));
  }

  /** Every budget that a call is taken out of now; the account's is the first. */
  Map<Budget, LlmCap> of(LlmCaller caller) {
    AccountId account = caller.account().id();
    Instant now = clock.instant();
    Map<Budget, LlmCap> caps = new LinkedHashMap<>();
    LlmCap whole = ofAccount(account);
    caps.put(budget(account, LlmSubject.ACCOUNT, whole, now), whole);
    caller
        .token()
        .flatMap(token -> ofToken(account, token).map(cap -> Map.entry(LlmSubject.of(token), cap)))
        .ifPresent(cap -> put(caps, account, cap, now));
    caller
        .sandbox()
        .map(LlmSubject::of)
        .flatMap(sandbox -> caller.grant().map(grant -> Map.entry(sandbox, grant.cap())))
        .ifPresent(cap -> put(caps, account, cap, now));
    return caps;
  }

  private static void put(
      Map<Budget, LlmCap> caps, AccountId account, Map.Entry<LlmSubject, LlmCap> cap, Instant now) {
    caps.put(budget(account, cap.getKey(), cap.getValue(), now), cap.getValue());
  }

  private static Budget budget(AccountId account, LlmSubject subject, LlmCap cap, Instant now) {
    return new Budget(account, subject, cap.period().startOf(now));
  }

  /** What bounds a token, beside its account's cap; empty: nothing does. */
  public Optional<LlmCap> ofToken(AccountId account, TokenId token) {
    return known.get(new Key(account, LlmSubject.of(token)));
  }

  private LlmCap ofAccount(AccountId account) {
    return known.get(new Key(account, LlmSubject.ACCOUNT)).orElse(usual);
  }

  /** Sets a cap that holds at once on this node. */
  public void set(AccountId account, LlmSubject subject, LlmCap cap) {
    ledger.setCap(account, subject, cap);
    known.invalidate();
  }

  /** Takes a cap back; the usual one holds again, or none. */
  public void clear(AccountId account, LlmSubject subject) {
    ledger.clearCap(account, subject);
    known.invalidate();
  }
}
