package io.omnirun.rest;

import io.omnirun.core.Commands;
import io.omnirun.core.Sandboxes;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.http.EventStream;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.time.Clock;

/** The routes of a command that was started: {@code …/stream}, {@code …/stdin}, and its end. */
final class LiveCommandRoutes {
  private final Commands commands;
  private final ProcessHandles handles;

  LiveCommandRoutes(Sandboxes sandboxes, Commands commands) {
    this.commands = commands;
    this.handles = new ProcessHandles(sandboxes);
  }

  /** Tells the command's output from its beginning, and its end. To leave does not end it. */
  void stream(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    try (ProcessOutput output =
        commands.follow(account, id, handles.inPath(exchange, account, id))) {
      if (exchange.isHead()) {
        exchange.stream(HttpStatuses.OK, EventStream.MEDIA_TYPE, client -> {});
        return;
      }
      exchange.events(
          (events, listenerGone) -> {
            listenerGone.thenRun(output::close);
            new CommandEvents(events, Clock.systemUTC()).tell(output);
          });
    }
  }

  /** Answers when the command has taken the input. */
  void write(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    byte[] input = InputBody.parse(exchange.readJson(InputBody.LIMIT_BYTES));
    commands.write(account, id, handles.inPath(exchange, account, id), input);
    exchange.json(HttpStatuses.OK, EmptyJson::write);
  }

  /** Kills the command's process group. One that has ended is dead enough. */
  void kill(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    commands.kill(account, id, handles.inPath(exchange, account, id));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }
}
