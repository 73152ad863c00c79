package io.omnirun.rest;

import io.omnirun.core.Authenticator;
import io.omnirun.http.Exchange;
import io.omnirun.http.OfferedKeys;
import io.omnirun.http.RouteHandler;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Scope;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Wants an API key before anything else of a request is looked at: in {@code X-API-Key} or as
 * {@code Authorization: Bearer}, or the same one in both. An empty {@code X-API-Key} is as good as
 * none, for some clients always send the header. Where there is no key, a browser's session counts,
 * if the request comes from a page of this server.
 */
final class Authentication {
  private static final String CHALLENGE = "Bearer realm=\"omnirun\"";

  private final Authenticator authenticator;
  private final SessionCookies cookies;
  private final SameOrigin sameOrigin;
  private final AuditedCalls calls;

  Authentication(Authenticator authenticator, PublicAddress address, AuditedCalls calls) {
    this.calls = calls;
    this.authenticator = authenticator;
    this.cookies = new SessionCookies(address);
    this.sameOrigin = new SameOrigin(address);
  }

  /** The handler behind this check. */
  RouteHandler required(Access access, CallerHandler handler) {
    return exchange ->
        calls.handle(
            allowed(access, handler), exchange, authenticate(exchange, OfferedKeys.of(exchange)));
  }

  /** The same for a WebSocket, whose key may also be among the subprotocols it offers. */
  RouteHandler requiredOfSocket(Access access, AccountHandler handler) {
    return exchange -> {
      Set<String> keys = OfferedKeys.of(exchange);
      keys.addAll(SocketProtocols.keys(exchange));
      CallerHandler ofAccount = (ignored, caller) -> handler.handle(exchange, caller.account());
      calls.handle(allowed(access, ofAccount), exchange, authenticate(exchange, keys));
    };
  }

  /** Refusals are counted like other requests. */
  private static CallerHandler allowed(Access access, CallerHandler handler) {
    return (exchange, caller) -> {
      access.scope().ifPresent(scope -> require(scope, caller));
      handler.handle(exchange, caller);
    };
  }

  /**
   * @throws OmniRunException INSUFFICIENT_SCOPE if the caller's token lacks the scope
   */
  static void require(Scope wanted, Caller caller) {
    if (!caller.may(wanted)) {
      String held =
          caller.token().scopes().known().stream()
              .map(Scope::text)
              .sorted()
              .collect(Collectors.joining(", "));
      throw new OmniRunException(
          ErrorCode.INSUFFICIENT_SCOPE,
          "this takes a token with the scope %s; yours has %s".formatted(wanted.text(), held));
    }
  }

  private Caller authenticate(Exchange exchange, Set<String> keys) {
    try {
      Set<String> sessions = keys.isEmpty() ? cookies.read(exchange) : Set.of();
      if (sessions.isEmpty()) {
        return authenticator.authenticate(onlyKey(keys));
      }
      sameOrigin.require(exchange);
      return authenticator.authenticateSession(onlyKey(sessions));
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

  private static OmniRunException unauthorized(String message) {
    return new OmniRunException(ErrorCode.UNAUTHORIZED, message);
  }
}
