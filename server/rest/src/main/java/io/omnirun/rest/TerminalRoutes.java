package io.omnirun.rest;

import io.omnirun.core.SandboxUses;
import io.omnirun.core.Sandboxes;
import io.omnirun.core.Terminals;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalOutput;
import io.omnirun.model.TerminalRecord;
import io.omnirun.model.TerminalSize;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The routes at {@code /sandboxes/{id}/pty}. */
final class TerminalRoutes {
  /**
   * How long a read waits for output. Clients end a session after some hundred empty reads: with
   * this that takes minutes of silence, and no proxy has to wait for long.
   */
  static final Duration READ_WAIT = Duration.ofMillis(1_500);

  private final Sandboxes sandboxes;
  private final Terminals terminals;
  private final ProcessHandles handles;
  private final SandboxUses uses;

  TerminalRoutes(Sandboxes sandboxes, Terminals terminals, SandboxUses uses) {
    this.sandboxes = sandboxes;
    this.terminals = terminals;
    this.handles = new ProcessHandles(sandboxes);
    this.uses = uses;
  }

  void open(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    Terminal terminal = TerminalBody.parse(exchange.readJson(TerminalBody.LIMIT_BYTES));
    int handle = terminals.open(account, id, terminal);
    exchange.json(HttpStatuses.CREATED, json -> ProcessJson.writeHandle(json, handle));
  }

  void list(Exchange exchange, Account account) throws IOException {
    List<TerminalRecord> found = terminals.list(account, SandboxIds.inPath(exchange));
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (TerminalRecord terminal : found) {
            json.writeStartObject();
            json.writeNumberField("pid", terminal.handle());
            json.writeBooleanField("running", terminal.running());
            json.writeStringField("startedAt", Timestamps.text(terminal.startedAt()));
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  void write(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    byte[] input = InputBody.parse(exchange.readJson(InputBody.LIMIT_BYTES));
    terminals.write(account, id, handles.inPath(exchange, account, id), input);
    exchange.json(HttpStatuses.OK, EmptyJson::write);
  }

  void resize(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    TerminalSize size = TerminalBody.size(exchange.readJson());
    terminals.resize(account, id, handles.inPath(exchange, account, id), size);
    exchange.json(HttpStatuses.OK, EmptyJson::write);
  }

  /** Answers with what was shown since the last read, at once or when something is shown. */
  void read(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    int handle = handles.inPath(exchange, account, id);
    TerminalOutput output =
        exchange.isHead()
            ? nothing(account, id)
            : exchange.whileClientWaits(
                clientGone -> terminals.read(account, id, handle, READ_WAIT, clientGone));
    if (output.ended() && output.text().isEmpty()) {
      throw new OmniRunException(
          ErrorCode.PROCESS_NOT_FOUND,
          "terminal %d has ended, and all that it showed was read".formatted(handle));
    }
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("data", output.text());
          json.writeEndObject();
        });
  }

  /** To ask for the head alone must not take any output away. */
  private TerminalOutput nothing(Account account, SandboxId id) {
    sandboxes.get(account, id);
    return new TerminalOutput("", false);
  }

  /** Joins a terminal by a WebSocket, from its last screenful on. */
  void socket(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    int handle = handles.inPath(exchange, account, id);
    ProcessOutput output = terminals.follow(account, id, handle);
    exchange.webSocket(
        SocketProtocols.taken(exchange),
        new TerminalSocket(terminals, account, id, handle, output, uses.begin(account.id(), id)));
  }

  void close(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    terminals.close(account, id, handles.inPath(exchange, account, id));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }
}
