package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The query of a request. There is no first-wins or last-wins: a parameter that a route reads and
 * that is there twice is refused. Parameters that no route reads are ignored. All methods throw
 * {@link OmniRunException} INVALID_REQUEST naming the parameter.
 */
public final class QueryParameters {
  private final Map<String, List<String>> values;

  private QueryParameters(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * @param rawQuery what stands behind the question mark, still encoded
   * @throws OmniRunException INVALID_REQUEST if it is not properly percent-encoded UTF-8
   */
  static QueryParameters parse(String rawQuery) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String pair : rawQuery.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        values
            .computeIfAbsent(PercentEncoding.decodeQueryPart(name), first -> new ArrayList<>())
            .add(PercentEncoding.decodeQueryPart(value));
      }
    }
    return new QueryParameters(values);
  }

  /** The parameter's value, which may be the empty text; empty if it is not there. */
  public Optional<String> optional(String name) {
    List<String> found = values.getOrDefault(name, List.of());
    if (found.size() > 1) {
      throw invalid("query parameter \"%s\" is there more than once".formatted(name));
    }
    return found.stream().findFirst();
  }

  /** The value of a parameter that must be there. */
  public String required(String name) {
    return optional(name)
        .orElseThrow(() -> invalid("query parameter \"%s\" is missing".formatted(name)));
  }

  /** The value of a decimal whole number within bounds, both inclusive. */
  public OptionalInt optionalInteger(String name, int min, int max) {
    OptionalLong value = optionalLong(name, min, max);
    return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
  }

  /** The same for one that may need more than 32 bits. */
  public OptionalLong optionalLong(String name, long min, long max) {
    Optional<String> text = optional(name);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= min && value <= max) {
        return OptionalLong.of(value);
      }
    } catch (NumberFormatException e) {
      throw new OmniRunException(ErrorCode.INVALID_REQUEST, wholeNumber(name, min, max), e);
    }
    throw invalid(wholeNumber(name, min, max));
  }

  private static String wholeNumber(String name, long min, long max) {
    return "query parameter \"%s\" must be a whole number from %d to %d".formatted(name, min, max);
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }
}
