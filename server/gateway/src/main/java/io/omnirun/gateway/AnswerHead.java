package io.omnirun.gateway;

import io.omnirun.http.RawExchange;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;

/** What a browser is sent of the status and the headers of a guest's answer. */
final class AnswerHead {
  /**
   * How a host is reached is the operator's business, and would outlive the sandbox: its name may
   * be another's later. Clearing reaches the cookies of the whole site, other previews' too.
   */
  private static final Set<String> NOT_FOR_GUESTS =
      Set.of(
          "alt-svc",
          "alternate-protocol",
          "clear-site-data",
          "strict-transport-security",
          "public-key-pins",
          "public-key-pins-report-only");

  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;
  private static final int MIN_STATUS = 200;
  private static final int MAX_STATUS = 599;

  private AnswerHead() {}

  /** Whether there is never a body behind it. */
  private static boolean isBodyless(int status, boolean toHead) {
    return toHead || status == NO_CONTENT || status == NOT_MODIFIED;
  }

  /** Begins the browser's answer; nothing is sent yet. */
  static void begin(RawExchange exchange, int status, List<HttpField> fields, Locations locations)
      throws BadAnswerException {
    if (status < MIN_STATUS || status > MAX_STATUS) {
      throw new BadAnswerException("the server has answered a status that there is not");
    }
    exchange.begin(status);
    add(exchange, fields, locations);
    Optional<String> length = length(fields).filter(_ -> status != NO_CONTENT);
    if (length.isPresent()) {
      exchange.addHeader("Content-Length", length.get());
    } else if (exchange.isCurrentVersion()
        && !isBodyless(status, exchange.method().equals("HEAD"))) {
      // Also where the connection ends with it: one that is cut must not look whole.
      exchange.addHeader("Transfer-Encoding", "chunked");
    }
  }

  /** Adds what a browser may see, without what frames the body. */
  static void add(RawExchange exchange, List<HttpField> fields, Locations locations)
      throws BadAnswerException {
    Set<String> named = new HashSet<>();
    for (HttpField field : fields) {
      if (field.getLowerCaseName().equals("connection")) {
        named.addAll(Headers.named(value(field)));
      }
    }
    for (HttpField field : fields) {
      String lower = field.getLowerCaseName();
      if (lower.equals("transfer-encoding")) {
        requireChunked(value(field));
      } else if (!Headers.isHopByHop(lower)
          && !NOT_FOR_GUESTS.contains(lower)
          && !named.contains(lower)) {
        addOne(exchange, field, lower, locations);
      }
    }
  }

  private static void addOne(
      RawExchange exchange, HttpField field, String lower, Locations locations) {
    switch (lower) {
      case "set-cookie" ->
          Cookies.hostOnly(value(field))
              .ifPresent(cookie -> exchange.addHeader(field.getName(), cookie));
      case "location" -> exchange.addHeader(field.getName(), locations.forBrowser(value(field)));
      default -> exchange.addHeader(field.getName(), value(field));
    }
  }

  /** The bytes behind any other coding would be passed on as what they are not. */
  private static void requireChunked(String coding) throws BadAnswerException {
    if (!coding.strip().toLowerCase(Locale.ROOT).equals("chunked")) {
      throw new BadAnswerException("the server uses a transfer coding that is not supported");
    }
  }

  private static Optional<String> length(List<HttpField> fields) {
    return fields.stream()
        .filter(field -> field.getLowerCaseName().equals("content-length"))
        .map(AnswerHead::value)
        .findFirst();
  }

  private static String value(HttpField field) {
    String value = field.getValue();
    return value == null ? "" : value;
  }
}
