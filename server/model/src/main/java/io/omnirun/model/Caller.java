package io.omnirun.model;

/**
 * Who calls, and with what.
 *
 * @param token with which it showed who it is
 * @param administrator whether the account is one of those that administer this server
 */
public record Caller(Account account, ApiToken token, boolean administrator) {
  /** Whether the call may do what wants a scope. */
  public boolean may(Scope scope) {
    return token.scopes().allow(scope);
  }

  /** Whether the call may see and do what is for administrators alone. */
  public boolean mayAdminister() {
    return administrator && may(Scope.ADMIN);
  }
}
