package io.omnirun.rest;

import io.omnirun.core.SandboxUses.Use;
import io.omnirun.core.Terminals;
import io.omnirun.core.ports.OutputEvent.Exited;
import io.omnirun.core.ports.OutputEvent.Printed;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.http.JsonFields;
import io.omnirun.http.SocketMessage;
import io.omnirun.http.WebSocketPeer;
import io.omnirun.http.WebSocketTalk;
import io.omnirun.model.Account;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A terminal over a WebSocket. Binary messages are what is typed and shown; text messages are JSON:
 * {@code input} and {@code resize} from the client, {@code exit} and {@code error} to it.
 */
final class TerminalSocket implements WebSocketTalk {
  private static final Logger log = LoggerFactory.getLogger(TerminalSocket.class);

  private final Terminals terminals;
  private final Account account;
  private final SandboxId id;
  private final int handle;
  private final ProcessOutput output;
  private final Use use;

  /**
   * @param output closed with this
   * @param use closed with this
   */
  TerminalSocket(
      Terminals terminals,
      Account account,
      SandboxId id,
      int handle,
      ProcessOutput output,
      Use use) {
    this.terminals = terminals;
    this.account = account;
    this.id = id;
    this.handle = handle;
    this.output = output;
    this.use = use;
  }

  @Override
  public void talk(WebSocketPeer client) throws IOException {
    client.gone().thenRun(output::close);
    // Ends when the client has gone, which it is at the latest when this talk is over.
    Thread.ofVirtual().name("terminal-input").start(() -> take(client));
    while (true) {
      switch (output.next()) {
        case Printed printed -> client.send(printed.bytes());
        case Exited exited -> {
          client.send(
              json -> {
                json.writeStartObject();
                json.writeStringField("type", "exit");
                json.writeNumberField("exit_code", exited.exitCode());
                json.writeEndObject();
              });
          return;
        }
      }
    }
  }

  private void take(WebSocketPeer client) {
    try {
      Optional<SocketMessage> message = client.receive();
      while (message.isPresent()) {
        take(client, message.get());
        message = client.receive();
      }
    } catch (IOException e) {
      log.debug("the client of a terminal is gone", e);
    }
  }

  private void take(WebSocketPeer client, SocketMessage message) throws IOException {
    try {
      switch (message) {
        case SocketMessage.Binary typed -> terminals.write(account, id, handle, typed.bytes());
        case SocketMessage.Text control -> obey(control.fields());
      }
    } catch (OmniRunException e) {
      client.send(
          json -> {
            json.writeStartObject();
            json.writeStringField("type", "error");
            json.writeStringField("code", e.code().slug());
            json.writeStringField("message", e.getMessage());
            json.writeEndObject();
          });
    }
  }

  private void obey(JsonFields control) {
    switch (control.requiredString("type")) {
      case "input" ->
          terminals.write(
              account, id, handle, control.requiredString("data").getBytes(StandardCharsets.UTF_8));
      case "resize" -> terminals.resize(account, id, handle, TerminalBody.size(control));
      default -> throw InvalidRequest.because("field \"type\" must be \"input\" or \"resize\"");
    }
  }

  @Override
  public void close() {
    use.close();
    output.close();
  }
}
