package io.omnirun.model;

import java.util.Set;

/**
 * Who calls, and with what.
 *
 * @param token with which it showed who it is
 * @param administrator whether the account is one of those that administer this server
 */
public record Caller(Account account, ApiToken token, boolean administrator) {
  /** What the call may do. */
  public Set<Scope> scopes() {
    return token.scopes();
  }

  /** Whether the call may do what wants a scope. */
  public boolean may(Scope scope) {
    return scope.isGrantedBy(scopes());
  }

  /** Whether the call may see and do what is for administrators alone. */
  public boolean mayAdminister() {
    return administrator && may(Scope.ADMIN);
  }
}
