package io.omnirun.gateway;

import io.omnirun.http.RawExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The cookie that opens a private preview, and what a guest may not do with cookies. */
final class Cookies {
  static final String NAME = "omnirun_preview";

  /** None of these is for guests to see or to set; the last are the sessions of the API's pages. */
  private static final Set<String> OURS = Set.of(NAME, "omnirun_session", "__Host-omnirun_session");

  /** A browser that shows more of one name plays games. */
  private static final int MAX_SHOWN = 4;

  private Cookies() {}

  /** The tokens that a browser shows by our cookie. */
  static List<String> shown(RawExchange exchange) {
    List<String> tokens = new ArrayList<>();
    exchange.eachHeader(
        (name, value) -> {
          if (name.equalsIgnoreCase("cookie")) {
            for (String pair : value.split(";", -1)) {
              if (tokens.size() < MAX_SHOWN && nameOf(pair).equals(NAME)) {
                tokens.add(valueOf(pair));
              }
            }
          }
        });
    return tokens;
  }

  private static String nameOf(String pair) {
    int equals = pair.indexOf('=');
    return (equals < 0 ? pair : pair.substring(0, equals)).strip();
  }

  private static String valueOf(String pair) {
    return pair.substring(pair.indexOf('=') + 1).strip();
  }

  /** A Cookie header's value as a guest may see it; empty if nothing is left. */
  static Optional<String> withoutOurs(String value) {
    if (!value.contains("omnirun_")) {
      return Optional.of(value);
    }
    List<String> rest = new ArrayList<>();
    for (String pair : value.split(";", -1)) {
      if (!OURS.contains(nameOf(pair))) {
        rest.add(pair.strip());
      }
    }
    return rest.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", rest));
  }

  /**
   * A guest's Set-Cookie as a browser may see it: for its own host alone. Empty if the name is
   * ours.
   */
  static Optional<String> hostOnly(String setCookie) {
    String[] parts = setCookie.split(";", -1);
    if (OURS.contains(nameOf(parts[0]))) {
      return Optional.empty();
    }
    StringBuilder kept = new StringBuilder(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      if (!nameOf(parts[i]).toLowerCase(Locale.ROOT).equals("domain")) {
        kept.append(';').append(parts[i]);
      }
    }
    return Optional.of(kept.toString());
  }

  /** What makes a browser show a token from now on: to this host alone, and to no page's script. */
  static String set(String token, boolean secure) {
    return "%s=%s; Path=/; HttpOnly; SameSite=Lax%s"
        .formatted(NAME, token, secure ? "; Secure" : "");
  }
}
