package io.omnirun.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of an HTTP/1 request, read strictly: what servers read in different ways is refused.
 *
 * <p>The proxy judges a connection's first request and no other. Therefore it is forwarded as the
 * last one: {@code Connection: close} takes the place of what the client said of the connection,
 * and behind a request with that a server must read no other (RFC 9112, 9.6). For the same reason
 * there is no upgrade, no {@code CONNECT} and no HTTP/2.
 *
 * @param host the server that it names; empty if it names none
 * @param forward the head as the server is to get it, with its final empty line
 */
record HttpHead(Optional<String> host, String forward) {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") ([\\x21-\\x7e]+) HTTP/1\\.[01]");
  private static final Pattern FIELD =
      Pattern.compile("(" + TOKEN + "):([\\x20-\\x7e\\x80-\\xff\\t]*)");
  private static final Pattern ABSOLUTE = Pattern.compile("(?i:http)://([^/?#@]+)(?:[/?].*)?");
  private static final Pattern HOST = Pattern.compile("([^:@/?#\\s,]+)(?::[0-9]{1,5})?");
  private static final Set<String> OF_THE_CONNECTION =
      Set.of("connection", "keep-alive", "proxy-connection", "upgrade", "http2-settings");

  /**
   * @param text without the empty line
   */
  static HttpHead parse(String text) throws MalformedException {
    String[] lines = text.split("\r\n", -1);
    Matcher request = match(REQUEST_LINE, lines[0], "no request line");
    List<String> kept = new ArrayList<>(List.of(lines[0]));
    List<String> hosts = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      Matcher field = match(FIELD, lines[i], "no header field");
      String name = field.group(1).toLowerCase(Locale.ROOT);
      if (name.equals("host")) {
        hosts.add(field.group(2).strip());
      }
      if (!OF_THE_CONNECTION.contains(name)) {
        kept.add(lines[i]);
      }
    }
    kept.add("Connection: close\r\n\r\n");
    return new HttpHead(host(request.group(1), request.group(2), hosts), String.join("\r\n", kept));
  }

  private static Optional<String> host(String method, String target, List<String> hosts)
      throws MalformedException {
    if (method.equals("CONNECT")) {
      throw new MalformedException("CONNECT");
    }
    if (hosts.size() > 1) {
      throw new MalformedException("more than one Host");
    }
    Optional<String> named = Optional.empty();
    if (!hosts.isEmpty() && !hosts.getFirst().isEmpty()) {
      named = Optional.of(nameOf(hosts.getFirst()));
    }
    if (!target.startsWith("/") && !target.equals("*")) {
      String other = nameOf(match(ABSOLUTE, target, "no target of a request").group(1));
      if (named.isEmpty() || !named.get().equalsIgnoreCase(other)) {
        throw new MalformedException("a target that is not at its Host");
      }
    }
    return named;
  }

  private static String nameOf(String hostAndPort) throws MalformedException {
    return match(HOST, hostAndPort, "no Host").group(1);
  }

  private static Matcher match(Pattern pattern, String text, String problem)
      throws MalformedException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new MalformedException(problem);
    }
    return matcher;
  }
}
