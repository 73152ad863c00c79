package io.omnirun.rest;

import io.omnirun.core.SandboxUses;
import io.omnirun.core.SandboxUses.Use;

/** Counts every request to a sandbox's routes as a use of it, for as long as the answer takes. */
final class CountedUse {
  /** The routes of one sandbox. */
  static final String SANDBOX = "/sandboxes/{id}";

  private final SandboxUses uses;

  CountedUse(SandboxUses uses) {
    this.uses = uses;
  }

  /** The handler of a route, counted if the route is a sandbox's. */
  AccountHandler of(String template, AccountHandler handler) {
    return template.startsWith(SANDBOX) ? counted(handler) : handler;
  }

  private AccountHandler counted(AccountHandler handler) {
    return (exchange, account) -> {
      try (Use use = uses.begin(account.id(), SandboxIds.inPath(exchange))) {
        handler.handle(exchange, account);
      }
    };
  }
}
