package io.omnirun.gateway;

import io.omnirun.http.RawExchange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The cookie that opens a private preview, and what a guest may not do with cookies. */
final class Cookies {
  private static final String NAME = "omnirun_preview";

  /** Under TLS browsers take a name like this from its own host alone. */
  private static final String SECURE_NAME = "__Host-" + NAME;

  /** None of these is for guests to see or to set; the last are the sessions of the API's pages. */
  private static final Set<String> OURS =
      Set.of(NAME, SECURE_NAME, "omnirun_session", "__Host-omnirun_session");

  /**
   * Another preview's page can set cookies of the name without TLS, which come before ours.
   * Browsers keep some 180 of a site: with all of those the right one is still found.
   */
  private static final int MAX_SHOWN = 200;

  private Cookies() {}

  private static String name(boolean secure) {
    return secure ? SECURE_NAME : NAME;
  }

  /**
   * The tokens that a browser shows by our cookie.
   *
   * @param secure whether it speaks TLS
   */
  static List<String> shown(RawExchange exchange, boolean secure) {
    String ours = name(secure);
    return exchange.headers("Cookie").stream()
        .flatMap(value -> Arrays.stream(value.split(";", -1)))
        .filter(pair -> nameOf(pair).equals(ours))
        .limit(MAX_SHOWN)
        .map(Cookies::valueOf)
        .toList();
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
        .formatted(name(secure), token, secure ? "; Secure" : "");
  }
}
