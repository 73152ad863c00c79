package io.omnirun.rest;

import io.omnirun.core.signin.SignIn;
import io.omnirun.http.Exchange;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.function.Supplier;

/** Says to whoever has tried too often when it is worth another try. */
final class RetryAfter {
  private RetryAfter() {}

  /** Does something that has limits. */
  static <T> T saying(Exchange exchange, Supplier<T> action) {
    try {
      return action.get();
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.TOO_MANY_ATTEMPTS) {
        exchange.setHeader("Retry-After", Long.toString(SignIn.LIMITS_WINDOW.toSeconds()));
      }
      throw e;
    }
  }

  /** The same for what has no result. */
  static void saying(Exchange exchange, Runnable action) {
    saying(
        exchange,
        () -> {
          action.run();
          return true;
        });
  }
}
