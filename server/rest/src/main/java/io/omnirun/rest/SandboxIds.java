package io.omnirun.rest;

import io.omnirun.http.Exchange;
import io.omnirun.model.SandboxId;

/** Reads the sandbox that a path names. */
final class SandboxIds {
  private SandboxIds() {}

  /**
   * The id in the path. For text that is no id a fresh one stands in, which nobody owns: so the
   * answer to it is, to the last byte, the one to somebody else's id.
   */
  static SandboxId inPath(Exchange exchange) {
    return SandboxId.parse(exchange.pathParameter("id")).orElseGet(SandboxId::random);
  }
}
