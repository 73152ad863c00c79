package io.omnirun.rest;

import io.omnirun.core.Commands;
import io.omnirun.core.Sandboxes;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ProcessRecord;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.util.List;

/** The routes at {@code /sandboxes/{id}/commands}. */
final class CommandRoutes {
  private final Commands commands;
  private final ProcessHandles handles;

  CommandRoutes(Sandboxes sandboxes, Commands commands) {
    this.commands = commands;
    this.handles = new ProcessHandles(sandboxes);
  }

  /**
   * Answers when the command is over; one in the background as soon as it has a handle. A client
   * that hangs up before does not end its command.
   */
  void run(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    CommandBody body = CommandBody.parse(exchange.readJson(CommandBody.LIMIT_BYTES));
    if (body.background()) {
      int handle = commands.start(account, id, body.command());
      exchange.json(HttpStatuses.OK, json -> ProcessJson.writeHandle(json, handle));
      return;
    }
    exchange.keepOfBody(body.keptBytes());
    CommandResult result =
        exchange.whileClientWaits(
            clientGone -> commands.run(account, id, body.command(), clientGone));
    exchange.json(HttpStatuses.OK, json -> ProcessJson.writeResult(json, result));
  }

  void list(Exchange exchange, Account account) throws IOException {
    List<ProcessRecord> processes = commands.list(account, SandboxIds.inPath(exchange));
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (ProcessRecord process : processes) {
            ProcessJson.write(json, process);
          }
          json.writeEndArray();
        });
  }

  void show(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    ProcessRecord process = commands.get(account, id, handles.inPath(exchange, account, id));
    exchange.json(HttpStatuses.OK, json -> ProcessJson.write(json, process));
  }
}
