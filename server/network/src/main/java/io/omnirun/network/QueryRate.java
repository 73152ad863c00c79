package io.omnirun.network;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.omnirun.model.SandboxId;
import java.time.Duration;
import java.util.function.LongSupplier;

/** How many questions each guest asks in a second, in the long run. Used by many threads. */
final class QueryRate {
  /** A browser's page asks for some dozens of names; a package manager for fewer. */
  private static final double PER_SECOND = 100;

  private static final double AT_ONCE = 500;

  /** A guest that asks for nothing has all of its questions again after five seconds. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(1);

  private static final double NANOS_PER_SECOND = 1e9;

  private final LongSupplier nanoTime;
  private final Cache<SandboxId, Allowance> allowances =
      Caffeine.newBuilder().expireAfterAccess(FORGOTTEN_AFTER).build();

  QueryRate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether the guest may ask once more now; it has asked then. */
  boolean take(SandboxId guest) {
    return allowances
        .get(guest, id -> new Allowance(nanoTime.getAsLong()))
        .take(nanoTime.getAsLong());
  }

  private static final class Allowance {
    private double left = AT_ONCE;
    private long countedAt;

    Allowance(long now) {
      countedAt = now;
    }

    synchronized boolean take(long now) {
      left = Math.min(AT_ONCE, left + (now - countedAt) / NANOS_PER_SECOND * PER_SECOND);
      countedAt = now;
      if (left < 1) {
        return false;
      }
      left--;
      return true;
    }
  }
}
