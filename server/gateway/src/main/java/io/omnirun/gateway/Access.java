package io.omnirun.gateway;

import io.omnirun.core.PreviewDirectory;
import io.omnirun.core.PreviewTarget;
import io.omnirun.http.RawExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who may see a preview. A token in the header opens one request; a token in the URL opens one
 * request, too, and a browser that navigates is given the cookie for it and the URL without it. The
 * cookie counts only where the request comes from the preview's own pages, or shows one of them:
 * all previews are one site to browsers, and one guest's page must not act in another.
 */
final class Access {
  private static final String PARAMETER = "token";
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~-]{1,256}");

  private final PreviewDirectory directory;

  Access(PreviewDirectory directory) {
    this.directory = directory;
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
    if (opens(target, header)) {
      return new Decision.Open(exchange.query());
    }
    Optional<String> parameter = parameter(exchange.query()).filter(it -> opens(target, it));
    if (parameter.isPresent()) {
      Optional<String> rest = withoutParameter(exchange.query());
      return isNavigation(exchange)
          ? new Decision.ComeAgain(rest, parameter.get())
          : new Decision.Open(rest);
    }
    if (comesFromItself(exchange, address)
        && Cookies.shown(exchange).stream().anyMatch(it -> opens(target, it))) {
      return new Decision.Open(exchange.query());
    }
    boolean shown = !header.isEmpty() || parameter(exchange.query()).isPresent();
    return new Decision.Refused(shown ? Problem.TOKEN_WRONG : Problem.TOKEN_MISSING);
  }

  private boolean opens(PreviewTarget target, String token) {
    return TOKEN.matcher(token).matches() && directory.admits(target, token);
  }

  private static Optional<String> parameter(Optional<String> query) {
    return query.stream()
        .flatMap(text -> List.of(text.split("&", -1)).stream())
        .filter(pair -> pair.startsWith(PARAMETER + "="))
        .map(pair -> pair.substring(PARAMETER.length() + 1))
        .findFirst();
  }

  private static Optional<String> withoutParameter(Optional<String> query) {
    List<String> rest = new ArrayList<>(List.of(query.orElse("").split("&", -1)));
    rest.removeIf(pair -> pair.startsWith(PARAMETER + "="));
    return rest.isEmpty() ? Optional.empty() : Optional.of(String.join("&", rest));
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
