package io.omnirun.rest;

import io.omnirun.core.Interpreter;
import io.omnirun.core.ports.FinishedExecution;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.ExecutionEvent;
import io.omnirun.model.ExecutionResult;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The routes that execute code in a context. A client that hangs up has its code interrupted. */
final class ExecutionRoutes {
  private final Interpreter interpreter;
  private final ContextIds ids;

  ExecutionRoutes(Interpreter interpreter, ContextIds ids) {
    this.interpreter = interpreter;
    this.ids = ids;
  }

  /** Answers when the code has ended. */
  void execute(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    String code = code(exchange);
    String context = ids.inPath(exchange, account, id);
    // Closed here whatever happens: the client may go while it is handed over.
    List<FinishedExecution> held = new CopyOnWriteArrayList<>();
    try {
      ExecutionResult result =
          exchange.whileClientWaits(
              clientGone -> {
                held.add(interpreter.execute(account, id, context, code, clientGone));
                return held.getFirst().result();
              });
      exchange.json(HttpStatuses.OK, json -> ContextJson.write(json, result));
    } finally {
      held.forEach(FinishedExecution::close);
    }
  }

  /**
   * Tells what the code does while it does it. The guest has taken it before the answer begins: so
   * what cannot be executed is an error like any other.
   */
  void stream(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    String code = code(exchange);
    String context = ids.inPath(exchange, account, id);
    try (GuestSequence<ExecutionEvent> execution = interpreter.follow(account, id, context, code)) {
      exchange.events(
          (events, listenerGone) -> {
            listenerGone.thenRun(execution::close);
            new ExecutionEvents(events).tell(execution);
          });
    }
  }

  private static String code(Exchange exchange) throws IOException {
    String code = CodeBody.code(exchange.readJson(CodeBody.LIMIT_BYTES));
    // The rest of the body is done with, however long the code takes.
    exchange.keepOfBody(code.length());
    return code;
  }
}
