package io.omnirun.rest;

import io.omnirun.core.ports.FileRange;
import io.omnirun.http.Exchange;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which part of a file a request wants. Several parts, another unit and what is not understood are
 * as good as no wish (RFC 9110 §14.2). So is a wish under the condition If-Range: no answer of ours
 * has a validator that could be sent back.
 */
final class RangeHeader {
  /** Longer numbers are no positions in any file. */
  private static final Pattern SINGLE =
      Pattern.compile("bytes=\\s*(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))\\s*");

  private RangeHeader() {}

  static Optional<FileRange> of(Exchange exchange) {
    List<String> wishes = exchange.headers("Range");
    if (wishes.size() != 1 || !exchange.headers("If-Range").isEmpty()) {
      return Optional.empty();
    }
    Matcher wish = SINGLE.matcher(wishes.getFirst());
    return wish.matches() ? range(wish) : Optional.empty();
  }

  private static Optional<FileRange> range(Matcher wish) {
    if (wish.group(3) != null) {
      long fromEnd = Long.parseLong(wish.group(3));
      // Of the last no bytes none can be sent: it begins behind every end.
      long first = fromEnd == 0 ? Long.MAX_VALUE - 1 : -fromEnd;
      return Optional.of(new FileRange(first, Long.MAX_VALUE));
    }
    long first = Long.parseLong(wish.group(1));
    long last = wish.group(2) == null ? Long.MAX_VALUE : Long.parseLong(wish.group(2));
    return last < first ? Optional.empty() : Optional.of(new FileRange(first, last));
  }
}
