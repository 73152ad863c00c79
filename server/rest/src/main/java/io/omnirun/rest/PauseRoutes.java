package io.omnirun.rest;

import io.omnirun.core.SandboxPauses;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.SandboxState;
import java.io.IOException;

/** The routes at {@code /sandboxes/{id}/pause} and {@code …/resume}: what is sent is not read. */
final class PauseRoutes {
  private final SandboxPauses pauses;

  PauseRoutes(SandboxPauses pauses) {
    this.pauses = pauses;
  }

  void pause(Exchange exchange, Account account) throws IOException {
    answer(exchange, pauses.pause(account, SandboxIds.inPath(exchange)));
  }

  void resume(Exchange exchange, Account account) throws IOException {
    answer(exchange, pauses.resume(account, SandboxIds.inPath(exchange)));
  }

  private static void answer(Exchange exchange, SandboxState state) throws IOException {
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("status", state.text());
          json.writeEndObject();
        });
  }
}
