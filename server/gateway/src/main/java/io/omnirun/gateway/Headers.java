package io.omnirun.gateway;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which headers end at a proxy, in whichever direction. */
final class Headers {
  static final String TRAFFIC_TOKEN = "e2b-traffic-access-token";

  /** About one connection and not the message (RFC 9110 §7.6.1), and what frames the body. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authentication-info",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "content-length",
          "upgrade",
          "http2-settings");

  private Headers() {}

  /** Whether a header is about the connection alone. */
  static boolean isHopByHop(String lowerCaseName) {
    return HOP_BY_HOP.contains(lowerCaseName);
  }

  /** What a Connection header's values name, in lower case. */
  static Set<String> named(String connectionValue) {
    return connectionValue.isEmpty()
        ? Set.of()
        : Arrays.stream(connectionValue.split(",", -1))
            .map(name -> name.strip().toLowerCase(Locale.ROOT))
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toCollection(HashSet::new));
  }

  /**
   * A name as servers see it that make variables of headers: to them {@code X_Real_IP} is {@code
   * X-Real-IP}.
   */
  static String folded(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
