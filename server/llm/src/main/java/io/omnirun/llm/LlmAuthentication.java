package io.omnirun.llm;

import io.omnirun.http.RouteHandler;

/** Finds out who calls: by an account's token outside, by the sandbox's own key inside of one. */
@FunctionalInterface
public interface LlmAuthentication {
  /**
   * A handler behind that check.
   *
   * @return throws {@link io.omnirun.model.OmniRunException} UNAUTHORIZED or INSUFFICIENT_SCOPE
   */
  RouteHandler required(LlmHandler handler);
}
