package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.util.Optional;
import java.util.regex.Pattern;

/** The field {@code maskRequestHost}: a host name or address, with a port if need be. */
final class MaskedHost {
  /** A name of 253 characters and a port. */
  static final int MAX_LENGTH = 260;

  private static final String LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

  /** The port may be spelt {@code ${PORT}}: the one that is asked for. */
  private static final Pattern FORM =
      Pattern.compile(
          "(%1$s(\\.%1$s)*|\\[[0-9A-Fa-f:.]{2,45}])(:([1-9][0-9]{0,4}|\\$\\{PORT}))?"
              .formatted(LABEL));

  private static final int MAX_PORT = 65_535;

  private MaskedHost() {}

  static Optional<String> parse(JsonFields body) {
    Optional<String> host = body.optionalString("maskRequestHost");
    host.ifPresent(MaskedHost::check);
    return host;
  }

  private static void check(String host) {
    if (host.length() > MAX_LENGTH || !FORM.matcher(host).matches() || port(host) > MAX_PORT) {
      throw InvalidRequest.because(
          "field \"maskRequestHost\" must be a host name or address, with :port or :${PORT} behind it"
              + " if need be, of at most %d characters".formatted(MAX_LENGTH));
    }
  }

  private static int port(String host) {
    String last = host.substring(host.lastIndexOf(':') + 1);
    boolean isPort = !last.equals(host) && last.chars().allMatch(Character::isDigit);
    return isPort && !host.endsWith("]") ? Integer.parseInt(last) : 0;
  }
}
