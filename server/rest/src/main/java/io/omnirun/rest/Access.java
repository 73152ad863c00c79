package io.omnirun.rest;

import io.omnirun.model.Scope;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a route wants of the token that it is called with. It stands beside the route, and as {@code
 * x-scope} in the contract.
 */
enum Access {
  /** Any token that is good. */
  ANY(null),
  READ(Scope.READ),
  SANDBOXES(Scope.SANDBOXES),
  VAULT(Scope.VAULT),
  LLM(Scope.LLM),
  ADMIN(Scope.ADMIN);

  private final Optional<Scope> scope;

  Access(@Nullable Scope scope) {
    this.scope = Optional.ofNullable(scope);
  }

  /** The scope that a token must have; empty if none. */
  Optional<Scope> scope() {
    return scope;
  }
}
