package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what a request is answered whose handler threw, and what the log is told. */
final class RequestFailures {
  private static final Logger log = LoggerFactory.getLogger(RequestFailures.class);

  /** Chains of causes are short; one that is not may be circular. */
  private static final int MAX_CAUSES = 32;

  private RequestFailures() {}

  /** The answer; empty if nobody is left to answer. */
  static Optional<ErrorAnswer> answer(Exchange exchange, Throwable failure) {
    Optional<RefusedBodyException> refused = find(failure, RefusedBodyException.class);
    if (refused.isPresent()) {
      return Optional.of(ErrorAnswer.of(refused.get().refusal()));
    }
    if (find(failure, ClientGoneException.class).isPresent()) {
      log.debug("{} {}: the client is gone", exchange.method(), exchange.path(), failure);
      return Optional.empty();
    }
    if (failure instanceof OmniRunException known && known.code() != ErrorCode.INTERNAL) {
      logCause(exchange, known);
      return Optional.of(ErrorAnswer.of(known));
    }
    log.error("{} {} failed", exchange.method(), exchange.path(), failure);
    return Optional.of(ErrorAnswer.internal());
  }

  /** Callers are told what they can act on; the operator also why, unless it is the caller's. */
  private static void logCause(Exchange exchange, OmniRunException failure) {
    if (failure.getCause() != null && failure.code() != ErrorCode.INVALID_REQUEST) {
      log.warn(
          "{} {} was answered {}",
          exchange.method(),
          exchange.path(),
          failure.code().slug(),
          failure);
    }
  }

  /** The client sees only that its answer is cut off: the operator is told why. */
  static void logUntold(Exchange exchange, ErrorAnswer answer) {
    log.warn("{} {} was cut off: {}", exchange.method(), exchange.path(), answer);
  }

  private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> wanted) {
    Throwable current = failure;
    for (int depth = 0; current != null && depth < MAX_CAUSES; depth++) {
      if (wanted.isInstance(current)) {
        return Optional.of(wanted.cast(current));
      }
      current = current.getCause();
    }
    return Optional.empty();
  }
}
