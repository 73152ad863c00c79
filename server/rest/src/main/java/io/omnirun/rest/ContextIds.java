package io.omnirun.rest;

import io.omnirun.core.Sandboxes;
import io.omnirun.http.Exchange;
import io.omnirun.model.Account;
import io.omnirun.model.CodeContext;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;

/** Reads the context that a path names. */
final class ContextIds {
  private final Sandboxes sandboxes;

  ContextIds(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  /**
   * The {@code {cid}} in the path.
   *
   * @throws OmniRunException CONTEXT_NOT_FOUND, but SANDBOX_NOT_FOUND first if the sandbox is not
   *     the caller's, whatever stands behind it in the path
   */
  String inPath(Exchange exchange, Account account, SandboxId id) {
    String context = exchange.pathParameter("cid");
    if (!CodeContext.isId(context)) {
      sandboxes.get(account, id);
      throw new OmniRunException(
          ErrorCode.CONTEXT_NOT_FOUND, "there is no such context; GET …/contexts lists them");
    }
    return context;
  }
}
