package io.omnirun.gateway;

import io.omnirun.core.PreviewDirectory;
import io.omnirun.core.PreviewTarget;
import io.omnirun.http.RawExchange;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who may see a preview. A token in the header opens one request; a token in the URL opens one
 * request, too, and a browser that navigates is given the cookie for it and the URL without it. The
 * cookie counts only where the request comes from the preview's own pages, or shows one of them:
 * all previews are one site to browsers, and one guest's page must not act in another.
 */
final class Access {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~-]{1,256}");

  private final PreviewDirectory directory;
  private final boolean tlsBefore;

  /**
   * @param tlsBefore browsers speak TLS with something that stands before this server
   */
  Access(PreviewDirectory directory, boolean tlsBefore) {
    this.directory = directory;
    this.tlsBefore = tlsBefore;
  }

  /** What is to be done with a request. */
  sealed interface Decision {
    /**
     * It is passed on.
     *
     * @param query as the guest is to see it
     */
    record Open(Optional<String> query) implements Decision {}

    /** The browser shall come again with the cookie, and another query. */
    record ComeAgain(Optional<String> query, String token) implements Decision {}

    /** It is not. */
    record Refused(Problem problem) implements Decision {}
  }

  Decision decide(RawExchange exchange, PreviewAddress address, PreviewTarget target) {
    if (!target.gated()) {
      return new Decision.Open(exchange.query());
    }
    String header = exchange.header(Headers.TRAFFIC_TOKEN).strip();
    String query = exchange.query().orElse("");
    Set<String> tokens = QueryTokens.opening(query, it -> opens(target, it));
    Optional<String> rest = withoutTokens(exchange.query(), tokens);
    if (opens(target, header)) {
      return new Decision.Open(rest);
    }
    if (!tokens.isEmpty()) {
      return isNavigation(exchange)
          ? new Decision.ComeAgain(rest, tokens.iterator().next())
          : new Decision.Open(rest);
    }
    if (comesFromItself(exchange, address)
        && Cookies.shown(exchange, exchange.isSecure() || tlsBefore).stream()
            .anyMatch(it -> opens(target, it))) {
      return new Decision.Open(rest);
    }
    boolean shown = !header.isEmpty() || QueryTokens.isAnyIn(query);
    return new Decision.Refused(shown ? Problem.TOKEN_WRONG : Problem.TOKEN_MISSING);
  }

  private static Optional<String> withoutTokens(Optional<String> query, Set<String> tokens) {
    return tokens.isEmpty()
        ? query
        : query.map(text -> QueryTokens.without(tokens, text)).filter(text -> !text.isEmpty());
  }

  /** A page's URL, as a request's Referer has it, without what opens the target. */
  String refererForGuest(PreviewTarget target, String referer) {
    int start = referer.indexOf('?') + 1;
    if (!target.gated() || start == 0) {
      return referer;
    }
    String query = referer.substring(start);
    Set<String> tokens = QueryTokens.opening(query, it -> opens(target, it));
    return tokens.isEmpty()
        ? referer
        : referer.substring(0, start) + QueryTokens.without(tokens, query);
  }

  private boolean opens(PreviewTarget target, String token) {
    return TOKEN.matcher(token).matches() && directory.admits(target, token);
  }

  private static boolean isSafe(RawExchange exchange) {
    return exchange.method().equals("GET") || exchange.method().equals("HEAD");
  }

  private static boolean isNavigation(RawExchange exchange) {
    String mode = exchange.header("Sec-Fetch-Mode");
    return isSafe(exchange)
        && (mode.isEmpty() ? Pages.takesHtml(exchange) : mode.equals("navigate"));
  }

  private static boolean comesFromItself(RawExchange exchange, PreviewAddress address) {
    String origin = exchange.header("Origin");
    // Not its scheme: TLS may end at a proxy before us.
    if (!origin.isEmpty() && !origin.endsWith("://" + address.authority())) {
      return false;
    }
    return switch (exchange.header("Sec-Fetch-Site")) {
      case "", "same-origin", "none" -> true;
      default -> isSafe(exchange) && exchange.header("Sec-Fetch-Mode").equals("navigate");
    };
  }
}
