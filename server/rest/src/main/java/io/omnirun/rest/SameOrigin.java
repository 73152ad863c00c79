package io.omnirun.rest;

import io.omnirun.http.Exchange;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;

/**
 * Refuses what another site's page makes a browser send. Sites that share a domain with this one,
 * previews of sandboxes say, are others, too. Browsers say from where a request comes in {@code
 * Sec-Fetch-Site}, which no page can change, or, over plain http, in {@code Origin}.
 */
final class SameOrigin {
  private static final List<String> OWN_PAGE = List.of("same-origin");

  /** Typed into the address bar, or a bookmark. */
  private static final List<String> NO_PAGE = List.of("none");

  private final String ownOrigin;

  SameOrigin(PublicAddress address) {
    this.ownOrigin = address.url().toString();
  }

  /**
   * @throws OmniRunException CROSS_SITE_REQUEST
   */
  void require(Exchange exchange) {
    boolean reads = (exchange.method().equals("GET") || exchange.isHead()) && !isSocket(exchange);
    List<String> site = exchange.headers("Sec-Fetch-Site");
    boolean own =
        site.isEmpty()
            ? comesFromOwnOrigin(exchange, reads)
            : site.equals(OWN_PAGE) || (reads && site.equals(NO_PAGE));
    if (!own) {
      throw new OmniRunException(
          ErrorCode.CROSS_SITE_REQUEST,
          "a session's cookie counts only in requests of this server's own pages; programs use an"
              + " API key");
    }
  }

  /** Begins as a GET, and then does what its client types: any page may open one anywhere. */
  private static boolean isSocket(Exchange exchange) {
    return exchange.headers("Upgrade").stream()
        .anyMatch(line -> line.toLowerCase(Locale.ROOT).contains("websocket"));
  }

  /** Browsers name the origin of all that changes something. */
  private boolean comesFromOwnOrigin(Exchange exchange, boolean reads) {
    List<String> origins = exchange.headers("Origin");
    return origins.isEmpty()
        ? reads
        : origins.stream().allMatch(origin -> isOwn(origin, exchange.headers("Host")));
  }

  /** Cookies go to one host alone, so whatever name of this server a browser uses is its own. */
  private boolean isOwn(String origin, List<String> hosts) {
    try {
      String authority = new URI(origin).getRawAuthority();
      return origin.equals(ownOrigin) || (authority != null && hosts.equals(List.of(authority)));
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
