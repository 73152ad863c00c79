package io.omnirun.core.signin;

import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.core.ports.SignInStore;
import io.omnirun.core.ports.TokenStore;
import java.time.Clock;
import java.time.Instant;

/**
 * Removes what is over: codes, challenges, tokens, counted attempts. Whatever is removed is not
 * good again when the clock goes backwards. To be called every minute or so.
 */
public final class Housekeeping implements Runnable {
  private final SignInStore codes;
  private final SecondFactorStore factors;
  private final TokenStore tokens;
  private final Clock clock;

  public Housekeeping(
      SignInStore codes, SecondFactorStore factors, TokenStore tokens, Clock clock) {
    this.codes = codes;
    this.factors = factors;
    this.tokens = tokens;
    this.clock = clock;
  }

  /** Blocks for the database. */
  @Override
  public void run() {
    Instant now = clock.instant();
    codes.deleteExpired(AttemptLimits.WINDOW, now);
    factors.deleteExpired(now);
    tokens.deleteExpired(now);
  }
}
