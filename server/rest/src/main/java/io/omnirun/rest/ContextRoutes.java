package io.omnirun.rest;

import io.omnirun.core.Interpreter;
import io.omnirun.core.Sandboxes;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.CodeContext;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.util.List;

/** The routes at {@code /sandboxes/{id}/contexts}, but for those that execute code. */
final class ContextRoutes {
  private static final String CONTEXTS = "/sandboxes/{id}/contexts";
  private static final String CONTEXT = CONTEXTS + "/{cid}";

  private final Interpreter interpreter;
  private final ContextIds ids;
  private final ExecutionRoutes executions;

  ContextRoutes(Sandboxes sandboxes, Interpreter interpreter) {
    this.interpreter = interpreter;
    this.ids = new ContextIds(sandboxes);
    this.executions = new ExecutionRoutes(interpreter, ids);
  }

  void register(Routes routes) {
    routes.add("POST", CONTEXTS, Access.SANDBOXES, this::create);
    routes.add("GET", CONTEXTS, Access.READ, this::list);
    routes.add("DELETE", CONTEXT, Access.SANDBOXES, this::delete);
    routes.add("POST", CONTEXT + "/restart", Access.SANDBOXES, this::restart);
    routes.add("POST", CONTEXT + "/interrupt", Access.SANDBOXES, this::interrupt);
    routes.add("POST", CONTEXT + "/execute", Access.SANDBOXES, executions::execute);
    routes.add("POST", CONTEXT + "/stream-execute", Access.SANDBOXES, executions::stream);
  }

  private void create(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    ContextBody body = ContextBody.parse(exchange.readJson());
    CodeContext context = interpreter.create(account, id, body.language(), body.cwd());
    exchange.json(HttpStatuses.CREATED, json -> ContextJson.write(json, context));
  }

  private void list(Exchange exchange, Account account) throws IOException {
    List<CodeContext> contexts = interpreter.contexts(account, SandboxIds.inPath(exchange));
    exchange.json(HttpStatuses.OK, json -> ContextJson.writeAll(json, contexts));
  }

  private void delete(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    interpreter.delete(account, id, ids.inPath(exchange, account, id));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private void restart(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    CodeContext context = interpreter.restart(account, id, ids.inPath(exchange, account, id));
    exchange.json(HttpStatuses.OK, json -> ContextJson.write(json, context));
  }

  private void interrupt(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    interpreter.interrupt(account, id, ids.inPath(exchange, account, id));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }
}
