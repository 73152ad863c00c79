package io.omnirun.core;

import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditOutcome;
import io.omnirun.model.OmniRunException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what changes nothing, and shows the audit. Of what a caller can repeat at no cost,
 * one entry a minute is written: nobody fills the disk with refusals. Thread-safe.
 */
public final class Audit {
  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  /** Of the same account, action and resource; the next one says how many came in between. */
  static final Duration PAUSE = Duration.ofMinutes(1);

  /** More are not remembered, and written down each. */
  private static final int MAX_REMEMBERED = 10_000;

  private record Repeatable(AccountId account, AuditAction action, String resource) {}

  private record Past(Instant writtenAt, int unwritten) {}

  private final AuditLog entries;
  private final Clock clock;
  private final Map<Repeatable, Past> past = new HashMap<>();

  public Audit(AuditLog entries, Clock clock) {
    this.entries = entries;
    this.clock = clock;
  }

  /** Writes down that a limit has refused something to an account. Never throws. */
  public void refused(AccountId account, OmniRunException refusal) {
    repeatable(
        account,
        AuditAction.LIMIT,
        refusal.code().slug(),
        AuditOutcome.REFUSED,
        Objects.requireNonNullElse(refusal.getMessage(), ""));
  }

  /** Writes down that somebody has tried in vain to sign in to an account. Never throws. */
  public void signInRefused(AccountId account) {
    repeatable(account, AuditAction.SIGN_IN, "code", AuditOutcome.REFUSED, "");
  }

  /** Writes down that an account has looked at the names of its credentials. Never throws. */
  void credentialsListed(AccountId account) {
    repeatable(account, AuditAction.VAULT_LIST, "vault", AuditOutcome.SUCCESS, "");
  }

  /** A caller is told what it would be told without an audit: its call is over already. */
  private void repeatable(
      AccountId account, AuditAction action, String resource, AuditOutcome outcome, String text) {
    Instant now = clock.instant();
    int unwritten = countIn(new Repeatable(account, action, resource), now);
    if (unwritten < 0) {
      return;
    }
    AuditEntry entry = AuditEntry.of(now, account, CurrentOrigin.get(), action, resource, outcome);
    String more = unwritten > 0 ? "and %,d more since the entry before".formatted(unwritten) : "";
    String detail = text.isEmpty() || more.isEmpty() ? text + more : text + "; " + more;
    try {
      entries.record(detail.isEmpty() ? entry : entry.withDetail(detail));
    } catch (OmniRunException e) {
      log.error("{} of {} could not be written down", action.text(), account, e);
    }
  }

  /** How many went unwritten before this one, or -1 if this one does too. */
  private synchronized int countIn(Repeatable repeatable, Instant now) {
    Past before = past.get(repeatable);
    if (before != null && isWithinPause(before, now)) {
      past.put(repeatable, new Past(before.writtenAt(), before.unwritten() + 1));
      return -1;
    }
    if (past.size() >= MAX_REMEMBERED) {
      past.values().removeIf(other -> !isWithinPause(other, now));
    }
    if (before != null || past.size() < MAX_REMEMBERED) {
      past.put(repeatable, new Past(now, 0));
    }
    return before == null ? 0 : before.unwritten();
  }

  /** A clock that was set back does not make it longer. */
  private static boolean isWithinPause(Past before, Instant now) {
    return Duration.between(before.writtenAt(), now).abs().compareTo(PAUSE) < 0;
  }

  /** The entries that are asked for, the newest first. */
  public List<AuditEntry> list(AuditQuery query) {
    return entries.list(query);
  }
}
