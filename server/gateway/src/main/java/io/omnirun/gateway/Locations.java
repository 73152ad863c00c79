package io.omnirun.gateway;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a guest sends a browser. A guest that means itself, by a name that only it knows itself by,
 * means the name that the browser has used; everything else is the browser's business.
 */
final class Locations {
  private static final Pattern ABSOLUTE = Pattern.compile("(?is)(?:https?:)?//([^/?#]*)(.*)");
  private static final List<String> LOCAL = List.of("localhost", "127.0.0.1", "0.0.0.0", "[::1]");
  private static final int DEFAULT_PORT = 80;

  private final String origin;
  private final List<String> own;
  private final int port;

  /**
   * @param origin scheme and authority as the browser has them
   * @param own host names, without ports, by which the guest may call its port
   * @param port the guest's
   */
  Locations(String origin, List<String> own, int port) {
    this.origin = origin;
    this.own = own;
    this.port = port;
  }

  String forBrowser(String location) {
    Matcher absolute = ABSOLUTE.matcher(location);
    return absolute.matches() && isOwn(absolute.group(1).toLowerCase(Locale.ROOT))
        ? origin + absolute.group(2)
        : location;
  }

  private boolean isOwn(String authority) {
    String host = authority.replaceFirst(":[0-9]*$", "");
    if (own.contains(host)) {
      return true;
    }
    String expected = host.equals(authority) ? "" : authority.substring(host.length());
    return LOCAL.contains(host)
        && (expected.equals(":" + port) || (expected.isEmpty() && port == DEFAULT_PORT));
  }
}
