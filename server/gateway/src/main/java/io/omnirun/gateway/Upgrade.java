package io.omnirun.gateway;

import io.omnirun.http.RawExchange;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;

/**
 * What a client wants to speak instead of HTTP.
 *
 * @param protocol one token
 * @param key of a WebSocket's handshake; empty if it has none
 */
record Upgrade(String protocol, String key) {
  private static final Pattern PROTOCOL = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~/-]{1,64}");

  /** RFC 6455 §1.3. */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /**
   * What a request asks for. HTTP/2 is not passed on: inside of it a client could say what heads
   * here must not; the request is then one like others.
   *
   * @throws ProblemException BAD_REQUEST if what it asks for cannot be passed on
   */
  static Optional<Upgrade> of(RawExchange exchange) throws ProblemException {
    String protocol = joined(exchange.headers("Upgrade"));
    boolean asked = Headers.named(joined(exchange.headers("Connection"))).contains("upgrade");
    if (!asked || protocol.isEmpty() || isHttp(protocol) || !exchange.isCurrentVersion()) {
      return Optional.empty();
    }
    if (!PROTOCOL.matcher(protocol).matches() || exchange.bodyLength() != 0) {
      throw new ProblemException(Problem.BAD_REQUEST);
    }
    return Optional.of(new Upgrade(protocol, exchange.header("Sec-WebSocket-Key").strip()));
  }

  private static boolean isHttp(String protocol) {
    String lower = protocol.toLowerCase(Locale.ROOT);
    return lower.startsWith("h2") || lower.startsWith("http/") || lower.startsWith("tls/");
  }

  /**
   * @throws BadAnswerException if the guest's server has agreed to something else
   */
  void requireAgreed(List<HttpField> fields) throws BadAnswerException {
    boolean says = Headers.named(value(fields, "connection")).contains("upgrade");
    if (!says || !value(fields, "upgrade").equalsIgnoreCase(protocol)) {
      throw new BadAnswerException("the server has switched to what it was not asked for");
    }
    if (!value(fields, "transfer-encoding").isEmpty()
        || !value(fields, "content-length").isEmpty()) {
      throw new BadAnswerException("the server switches protocols and has a body");
    }
    if (protocol.equalsIgnoreCase("websocket")
        && !key.isEmpty()
        && !value(fields, "sec-websocket-accept").equals(accept(key))) {
      throw new BadAnswerException("the server has not understood the WebSocket's handshake");
    }
  }

  private static String value(List<HttpField> fields, String lowerCaseName) {
    return joined(
        fields.stream()
            .filter(field -> field.getLowerCaseName().equals(lowerCaseName))
            .map(field -> Optional.ofNullable(field.getValue()).orElse(""))
            .toList());
  }

  /** Several headers of a name are one list (RFC 9110 §5.3). */
  private static String joined(List<String> values) {
    return String.join(", ", values).strip();
  }

  static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
