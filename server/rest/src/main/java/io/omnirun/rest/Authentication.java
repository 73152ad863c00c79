package io.omnirun.rest;

import io.omnirun.core.Authenticator;
import io.omnirun.http.Exchange;
import io.omnirun.http.RouteHandler;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Wants an API key before anything else of a request is looked at: in {@code X-API-Key} or as
 * {@code Authorization: Bearer}, or the same one in both. An empty {@code X-API-Key} is as good as
 * none, for some clients always send the header. Keys in the URL do not count: URLs are logged.
 */
final class Authentication {
  private static final String KEY_HEADER = "X-API-Key";
  private static final String AUTHORIZATION_HEADER = "Authorization";
  private static final String BEARER = "Bearer ";
  private static final String CHALLENGE = "Bearer realm=\"omnirun\"";

  private final Authenticator authenticator;
  private final AuditedCalls calls;

  Authentication(Authenticator authenticator, AuditedCalls calls) {
    this.authenticator = authenticator;
    this.calls = calls;
  }

  /** The handler behind this check. */
  RouteHandler required(AccountHandler handler) {
    return exchange -> calls.handle(handler, exchange, authenticate(exchange, keys(exchange)));
  }

  /** The same for a WebSocket, whose key may also be among the subprotocols it offers. */
  RouteHandler requiredOfSocket(AccountHandler handler) {
    return exchange -> {
      Set<String> keys = keys(exchange);
      keys.addAll(SocketProtocols.keys(exchange));
      calls.handle(handler, exchange, authenticate(exchange, keys));
    };
  }

  private Account authenticate(Exchange exchange, Set<String> keys) {
    try {
      return authenticator.authenticate(onlyKey(keys));
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.UNAUTHORIZED) {
        exchange.setHeader("WWW-Authenticate", CHALLENGE);
      }
      throw e;
    }
  }

  private static String onlyKey(Set<String> keys) {
    if (keys.isEmpty()) {
      throw unauthorized("there is no API key: send it as X-API-Key or as Authorization: Bearer");
    }
    if (keys.size() > 1) {
      throw unauthorized("there are two different API keys: send one");
    }
    return keys.iterator().next();
  }

  private static Set<String> keys(Exchange exchange) {
    Set<String> keys = new LinkedHashSet<>();
    exchange.headers(KEY_HEADER).forEach(key -> keys.add(key.strip()));
    for (String credentials : exchange.headers(AUTHORIZATION_HEADER)) {
      if (credentials.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        keys.add(credentials.substring(BEARER.length()).strip());
      }
    }
    keys.remove("");
    return keys;
  }

  private static OmniRunException unauthorized(String message) {
    return new OmniRunException(ErrorCode.UNAUTHORIZED, message);
  }
}
