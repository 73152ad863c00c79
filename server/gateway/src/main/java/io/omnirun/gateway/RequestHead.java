package io.omnirun.gateway;

import io.omnirun.core.PreviewTarget;
import io.omnirun.http.RawExchange;
import io.omnirun.model.ExposureId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What the guest's server is sent before the body: the browser's request without what is about its
 * connection, what is ours, and what it says of where it comes from; that we say.
 */
final class RequestHead {
  /** Longer than nearly all; others grow. */
  private static final int USUAL_CHARACTERS = 1024;

  /** Keys of the API in the forms in which clients send them; the rest is the guest's business. */
  private static final Pattern OUR_KEY = Pattern.compile("(?i)(?:bearer\\s+)?om[rs]_\\S*");

  private static final Set<String> MAY_HOLD_OUR_KEY = Set.of("authorization", "x-api-key");

  private final RawExchange exchange;
  private final PreviewAddress address;
  private final PreviewTarget target;
  private final Optional<String> upgrade;
  private final String scheme;
  private final UnaryOperator<String> referer;
  private final StringBuilder head = new StringBuilder(USUAL_CHARACTERS);

  private RequestHead(
      RawExchange exchange, PreviewAddress address, PreviewTarget target, Seen seen) {
    this.exchange = exchange;
    this.address = address;
    this.target = target;
    this.upgrade = seen.upgrade();
    this.scheme = seen.scheme();
    this.referer = seen.referer();
  }

  /**
   * A request as the guest is to see it.
   *
   * @param scheme by which the browser has come
   * @param upgrade the protocol that is asked for
   * @param referer what becomes of a Referer
   */
  record Seen(
      String scheme,
      String host,
      String pathAndQuery,
      Optional<String> upgrade,
      UnaryOperator<String> referer) {}

  /**
   * The whole head.
   *
   * @param seen what differs from what the browser has sent
   */
  static ByteBuffer bytes(
      RawExchange exchange, PreviewAddress address, PreviewTarget target, Seen seen) {
    RequestHead request = new RequestHead(exchange, address, target, seen);
    request
        .head
        .append(exchange.method())
        .append(' ')
        .append(seen.pathAndQuery())
        .append(" HTTP/1.1\r\n");
    request.add("Host", seen.host());
    request.addTheirs();
    request.addOurs();
    request.head.append("\r\n");
    return ByteBuffer.wrap(request.head.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private void add(String name, String value) {
    head.append(name).append(": ").append(value).append("\r\n");
  }

  private void addTheirs() {
    Set<String> named = Headers.named(String.join(",", exchange.headers("Connection")));
    exchange.eachHeader(
        (name, value) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (!named.contains(lower) && isPassedOn(lower, value)) {
            addFiltered(name, lower, value);
          }
        });
  }

  private static boolean isPassedOn(String lower, String value) {
    if (Headers.isHopByHop(lower) || lower.equals("host") || saysWhereFrom(lower)) {
      return false;
    }
    String folded = Headers.folded(lower);
    return !folded.equals(Headers.TRAFFIC_TOKEN)
        && !(MAY_HOLD_OUR_KEY.contains(folded) && OUR_KEY.matcher(value.strip()).matches());
  }

  private static boolean saysWhereFrom(String lower) {
    char first = lower.isEmpty() ? ' ' : lower.charAt(0);
    if (first != 'x' && first != 'f') {
      return false;
    }
    String folded = Headers.folded(lower);
    return folded.equals("forwarded")
        || folded.startsWith("x-forwarded")
        || folded.startsWith("x-omnirun-")
        || folded.equals("x-real-ip");
  }

  private void addFiltered(String name, String lower, String value) {
    if (lower.equals("cookie")) {
      Cookies.withoutOurs(value).ifPresent(rest -> add(name, rest));
    } else if (lower.equals("referer")) {
      add(name, referer.apply(value));
    } else if (!lower.equals("expect") || value.equalsIgnoreCase("100-continue")) {
      add(name, value);
    }
  }

  private void addOurs() {
    add("X-Forwarded-Host", address.authority());
    add("X-Forwarded-Proto", scheme);
    add("X-Forwarded-For", exchange.clientAddress());
    add("X-Omnirun-Sandbox-Id", target.sandbox().value());
    target.exposure().map(ExposureId::value).ifPresent(id -> add("X-Omnirun-Exposure-Id", id));
    upgrade.ifPresent(
        protocol -> {
          add("Connection", "Upgrade");
          add("Upgrade", protocol);
        });
    addFraming();
  }

  private void addFraming() {
    long length = exchange.bodyLength();
    if (length == RawExchange.UNKNOWN_LENGTH) {
      add("Transfer-Encoding", "chunked");
    } else if (length > 0 || !exchange.header("Content-Length").isEmpty()) {
      add("Content-Length", Long.toString(length));
    }
  }
}
