package io.omnirun.core;

import io.omnirun.model.Caller;
import io.omnirun.model.TokenId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Whose tokens were shown lately, for a caller that has one request after another: the database is
 * asked about once a second for each token, and not at every request. Thread-safe; does not block.
 */
final class RecentTokens {
  /** As long as other nodes may take to notice that a token is revoked. */
  static final Duration KEPT = Duration.ofSeconds(1);

  /** More callers than are busy in one second; an entry is some 400 bytes. */
  static final int MAX_TOKENS = 10_000;

  private record Shown(Caller caller, long atNanos, AtomicBoolean isRenewed) {}

  private final LongSupplier nanoClock;
  private final Consumer<String> question;
  private final Renewals renewals;
  private final SequencedMap<String, Shown> shown = new LinkedHashMap<>();

  /** What the database said before is not noted any more: it may be of a token revoked since. */
  private long notedFromNanos;

  /**
   * @param nanoClock {@link System#nanoTime} or one like it
   * @param question asks the database about the token with a hash, and notes what it says
   * @param background where it is asked again about tokens in use
   */
  RecentTokens(LongSupplier nanoClock, Consumer<String> question, Executor background) {
    this.nanoClock = nanoClock;
    this.question = question;
    this.renewals = new Renewals(KEPT, background);
    this.notedFromNanos = nanoClock.getAsLong();
  }

  /** The owner of the token with that hash, if it was noted less than {@link #KEPT} ago. */
  synchronized Optional<Caller> find(String sha256) {
    Shown entry = shown.get(sha256);
    if (entry == null) {
      return Optional.empty();
    }
    long ageNanos = nanoClock.getAsLong() - entry.atNanos();
    if (ageNanos >= KEPT.toNanos()) {
      return Optional.empty();
    }
    renewals.consider(ageNanos, entry.isRenewed(), () -> question.accept(sha256));
    return Optional.of(entry.caller());
  }

  /**
   * Notes what the database has said, unless something later is known.
   *
   * @param askedAtNanos when it was asked: it may have changed its mind since
   */
  synchronized void note(String sha256, Caller caller, long askedAtNanos) {
    Shown known = shown.get(sha256);
    if (askedAtNanos - notedFromNanos < 0 || known != null && askedAtNanos - known.atNanos() < 0) {
      return;
    }
    shown.remove(sha256);
    shown.put(sha256, new Shown(caller, askedAtNanos, new AtomicBoolean()));
    if (shown.size() > MAX_TOKENS) {
      shown.pollFirstEntry();
    }
  }

  /** Forgets a token, and that the database was just asked about it, by whomever. */
  synchronized void forget(TokenId token) {
    notedFromNanos = nanoClock.getAsLong();
    shown.values().removeIf(entry -> entry.caller().token().id().equals(token));
  }
}
