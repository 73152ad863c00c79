package io.omnirun.rest;

import io.omnirun.http.Exchange;
import java.util.List;
import java.util.Optional;

/**
 * What browsers, which can set no header of a WebSocket but its subprotocols, say in those: that
 * they want a terminal, and their API key. In the URL the key would be logged.
 */
final class SocketProtocols {
  /** What the socket speaks. */
  static final String TERMINAL = "omnirun.pty.v1";

  private static final String HEADER = "Sec-WebSocket-Protocol";
  private static final String KEY = "omnirun.token.";

  private SocketProtocols() {}

  /** The API keys that are offered as protocols. */
  static List<String> keys(Exchange exchange) {
    return offered(exchange).stream()
        .filter(protocol -> protocol.startsWith(KEY))
        .map(protocol -> protocol.substring(KEY.length()))
        .toList();
  }

  /** Which of the offered protocols is taken: browsers want one to be if they offer any. */
  static Optional<String> taken(Exchange exchange) {
    List<String> offered = offered(exchange);
    return offered.contains(TERMINAL)
        ? Optional.of(TERMINAL)
        : offered.stream().filter(protocol -> protocol.startsWith(KEY)).findFirst();
  }

  private static List<String> offered(Exchange exchange) {
    return exchange.headers(HEADER).stream()
        .flatMap(line -> List.of(line.split(",", -1)).stream())
        .map(String::strip)
        .filter(protocol -> !protocol.isEmpty())
        .toList();
  }
}
