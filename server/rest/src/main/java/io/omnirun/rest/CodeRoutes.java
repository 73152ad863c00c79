package io.omnirun.rest;

import io.omnirun.core.CodeRequest;
import io.omnirun.core.CodeRuns;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.CommandResult;
import io.omnirun.model.SandboxId;
import java.io.IOException;

/** The route {@code POST /sandboxes/{id}/code}. */
final class CodeRoutes {
  private final CodeRuns codeRuns;

  CodeRoutes(CodeRuns codeRuns) {
    this.codeRuns = codeRuns;
  }

  void register(Routes routes) {
    routes.add("POST", "/sandboxes/{id}/code", Access.SANDBOXES, this::run);
  }

  /** Answers when the program is over. A client that hangs up before does not end it. */
  private void run(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    CodeRequest request = CodeBody.parse(exchange.readJson(CodeBody.LIMIT_BYTES));
    exchange.keepOfBody(CodeBody.keptBytes(request));
    CommandResult result =
        exchange.whileClientWaits(clientGone -> codeRuns.run(account, id, request, clientGone));
    exchange.json(HttpStatuses.OK, json -> ProcessJson.writeResult(json, result));
  }
}
