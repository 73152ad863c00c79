package io.omnirun.rest;

import io.omnirun.http.Exchange;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The cookie in which a browser keeps its session: no script reads it, no other site's page sends
 * it along. Over https its name has the prefix that keeps neighbouring hosts from setting it.
 */
final class SessionCookies {
  private static final String NAME = "omnirun_session";
  private static final String HOST_PREFIX = "__Host-";

  private final boolean secure;
  private final String name;

  SessionCookies(PublicAddress address) {
    this.secure = address.isSecure();
    this.name = secure ? HOST_PREFIX + NAME : NAME;
  }

  /** The sessions that a request shows: one, usually. */
  Set<String> read(Exchange exchange) {
    Set<String> sessions = new LinkedHashSet<>();
    for (String line : exchange.headers("Cookie")) {
      for (String pair : line.split(";", -1)) {
        String cookie = pair.strip();
        if (cookie.startsWith(name + "=")) {
          sessions.add(cookie.substring(name.length() + 1));
        }
      }
    }
    sessions.remove("");
    return sessions;
  }

  void set(Exchange exchange, String session, Duration life) {
    exchange.setHeader("Set-Cookie", cookie(session, life));
  }

  void clear(Exchange exchange) {
    exchange.setHeader("Set-Cookie", cookie("", Duration.ZERO));
  }

  private String cookie(String value, Duration life) {
    return "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s"
        .formatted(name, value, life.toSeconds(), secure ? "; Secure" : "");
  }
}
