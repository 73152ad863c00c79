package io.omnirun.rest;

import io.omnirun.core.Sandboxes;
import io.omnirun.http.Exchange;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.util.regex.Pattern;

/** Reads the process that a path names. */
final class ProcessHandles {
  /** Handles are positive; nine digits are more than a guest ever starts and fit an int. */
  private static final Pattern HANDLE = Pattern.compile("[1-9][0-9]{0,8}");

  private final Sandboxes sandboxes;

  ProcessHandles(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  /**
   * The {@code {pid}} in the path.
   *
   * @throws OmniRunException PROCESS_NOT_FOUND, but SANDBOX_NOT_FOUND first if the sandbox is not
   *     the caller's, whatever stands behind it in the path
   */
  int inPath(Exchange exchange, Account account, SandboxId id) {
    String handle = exchange.pathParameter("pid");
    if (!HANDLE.matcher(handle).matches()) {
      sandboxes.get(account, id);
      throw new OmniRunException(
          ErrorCode.PROCESS_NOT_FOUND,
          "a pid is a positive whole number; GET …/commands and GET …/pty list them");
    }
    return Integer.parseInt(handle);
  }
}
