package io.omnirun.app;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Typed access to the values of a configuration; every refusal names the key. */
record ConfigValues(Map<String, String> values) {
  /** At most 273 years: the beginning of time stays out of reach. */
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,4})([dh])");

  private static final List<String> FLAGS = List.of("true", "false");
  private static final int DNS_PORT = 53;

  String text(ConfigKey key) {
    String value = values.get(key.key());
    if (value != null && !value.isBlank()) {
      return value.strip();
    }
    return key.fallback().orElseThrow(() -> ServerConfig.invalid(key.key(), "must be given"));
  }

  /** A text, or empty for {@code none}. */
  Optional<String> optionalText(ConfigKey key) {
    return Optional.of(text(key)).filter(value -> !value.equals("none"));
  }

  Path path(ConfigKey key) {
    return absolute(key, text(key));
  }

  /** A path, or empty for {@code none}. */
  Optional<Path> optionalPath(ConfigKey key) {
    return optionalText(key).map(value -> absolute(key, value));
  }

  private static Path absolute(ConfigKey key, String text) {
    Path path = Path.of(text);
    if (!path.isAbsolute()) {
      throw ServerConfig.invalid(key.key(), "must be an absolute path");
    }
    return path;
  }

  int number(ConfigKey key) {
    return parse(key, text(key));
  }

  String oneOf(ConfigKey key, List<String> allowed) {
    String value = text(key);
    if (!allowed.contains(value)) {
      throw ServerConfig.invalid(key.key(), "must be one of " + String.join(", ", allowed));
    }
    return value;
  }

  /** {@code true} or {@code false}. */
  boolean flag(ConfigKey key) {
    return oneOf(key, FLAGS).equals("true");
  }

  InetSocketAddress address(ConfigKey key) {
    String value = text(key);
    int colon = value.lastIndexOf(':');
    if (colon <= 0) {
      throw ServerConfig.invalid(key.key(), "must be host:port");
    }
    return new InetSocketAddress(value.substring(0, colon), parse(key, value.substring(colon + 1)));
  }

  /** An address, or empty for {@code off}. */
  Optional<InetSocketAddress> optionalAddress(ConfigKey key) {
    return text(key).equals("off") ? Optional.empty() : Optional.of(address(key));
  }

  /** Literal IPv4 or IPv6 addresses, separated by commas; {@code auto}: none. */
  Optional<List<InetSocketAddress>> nameServers(ConfigKey key) {
    if (text(key).equals("auto")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Arrays.stream(text(key).split(",", -1))
              .map(
                  address ->
                      new InetSocketAddress(InetAddress.ofLiteral(address.strip()), DNS_PORT))
              .toList());
    } catch (IllegalArgumentException e) {
      throw ServerConfig.invalid(key.key(), "must be addresses of name servers, or auto");
    }
  }

  /** Whole days or hours, not zero: {@code 90d}, {@code 36h}. */
  Duration duration(ConfigKey key) {
    Matcher form = DURATION.matcher(text(key));
    if (!form.matches()) {
      throw ServerConfig.invalid(key.key(), "must be a number of days or hours such as 90d or 36h");
    }
    long count = Long.parseLong(form.group(1));
    return form.group(2).equals("d") ? Duration.ofDays(count) : Duration.ofHours(count);
  }

  /** {@code name=count} pairs, separated by commas. */
  Map<String, Integer> counts(ConfigKey key) {
    Map<String, Integer> counts = new HashMap<>();
    for (String pair : text(key).split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw ServerConfig.invalid(key.key(), "must be name=count pairs, separated by commas");
      }
      counts.put(pair.substring(0, equals).strip(), parse(key, pair.substring(equals + 1).strip()));
    }
    return counts;
  }

  private static int parse(ConfigKey key, String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      throw ServerConfig.invalid(key.key(), "must hold a whole number, not " + text);
    }
    throw ServerConfig.invalid(key.key(), "must not be negative");
  }
}
