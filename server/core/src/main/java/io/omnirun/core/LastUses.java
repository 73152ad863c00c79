package io.omnirun.core;

import io.omnirun.core.ports.TokenStore;
import io.omnirun.model.ApiToken;
import io.omnirun.model.TokenId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records when tokens were used, at most once a minute for each, beside the call that used it: no
 * caller waits for the disk, and none fails because this does. Thread-safe.
 */
final class LastUses {
  /** A write is a sync of the disk: not more of them than people care for. */
  static final Duration PRECISION = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(LastUses.class);

  private final TokenStore tokens;
  private final Clock clock;
  private final Set<TokenId> beingWritten = ConcurrentHashMap.newKeySet();

  LastUses(TokenStore tokens, Clock clock) {
    this.tokens = tokens;
    this.clock = clock;
  }

  /**
   * @param token as the database has just shown it
   */
  void note(ApiToken token) {
    Instant now = clock.instant();
    boolean known =
        token
            .lastUsedAt()
            .filter(last -> Duration.between(last, now).abs().compareTo(PRECISION) < 0)
            .isPresent();
    if (!known && beingWritten.add(token.id())) {
      Thread.startVirtualThread(() -> write(token.id(), now));
    }
  }

  private void write(TokenId token, Instant now) {
    try {
      tokens.markUsed(token, now);
    } catch (RuntimeException e) {
      log.warn("the last use of token {} could not be recorded", token, e);
    } finally {
      beingWritten.remove(token);
    }
  }
}
