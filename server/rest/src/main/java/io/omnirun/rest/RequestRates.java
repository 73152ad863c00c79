package io.omnirun.rest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.omnirun.http.Exchange;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.TokenId;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds what each token sends to this node: so many requests a second in the long run, and those
 * of some seconds at once. Thread-safe; does not block.
 */
final class RequestRates {
  /** A program that has been silent may make up for it. */
  static final int BURST_SECONDS = 10;

  /** A token that is silent for so long has a full burst again. */
  private static final Duration FORGOTTEN = Duration.ofSeconds(2L * BURST_SECONDS);

  /** More than are busy in that time; one that is pushed out begins with a full burst. */
  private static final int MAX_TOKENS = 10_000;

  /** Only an operator opens an account that may send none; nobody waits for that by the second. */
  private static final Duration NOT_SOON = Duration.ofHours(1);

  /** The limit belongs to it: an operator may change that. */
  private record Key(TokenId token, int requestsPerSecond) {}

  private final TimeMeter time;

  /** Looked after by whoever uses it: to waken a thread for that costs more than it does itself. */
  private final Cache<Key, Bucket> buckets =
      Caffeine.newBuilder()
          .maximumSize(MAX_TOKENS)
          .expireAfterAccess(FORGOTTEN)
          .executor(Runnable::run)
          .build();

  RequestRates() {
    this(System::nanoTime);
  }

  /**
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  RequestRates(LongSupplier nanoClock) {
    this.time =
        new TimeMeter() {
          @Override
          public long currentTimeNanos() {
            return nanoClock.getAsLong();
          }

          @Override
          public boolean isWallClockBased() {
            return false;
          }
        };
  }

  /**
   * Counts a request.
   *
   * @throws OmniRunException RATE_LIMIT, with the header Retry-After set, if it is one too many
   */
  void count(Exchange exchange, Caller caller) {
    int rate = caller.account().limits().requestsPerSecond();
    if (rate == 0) {
      exchange.setHeader("Retry-After", Long.toString(NOT_SOON.toSeconds()));
      throw refusal("this account may send no requests; its operator has set that");
    }
    Bucket bucket = buckets.get(new Key(caller.token().id(), rate), this::bucket);
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      long waitSeconds = TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill()) + 1;
      exchange.setHeader("Retry-After", Long.toString(waitSeconds));
      throw refusal(
          "a token of this account may send %d requests a second; try again in %d s"
              .formatted(rate, waitSeconds));
    }
  }

  private Bucket bucket(Key key) {
    return Bucket.builder()
        .addLimit(
            limit ->
                limit
                    .capacity((long) key.requestsPerSecond() * BURST_SECONDS)
                    .refillGreedy(key.requestsPerSecond(), Duration.ofSeconds(1)))
        .withCustomTimePrecision(time)
        .build();
  }

  private static OmniRunException refusal(String message) {
    return new OmniRunException(ErrorCode.RATE_LIMIT, message);
  }
}
