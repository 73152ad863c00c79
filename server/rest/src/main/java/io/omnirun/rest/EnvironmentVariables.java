package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;

/** Environment variables that a caller sends, as an object of strings. */
final class EnvironmentVariables {
  /** A program's environment has tens; this many still fit the total. */
  static final int MAX_COUNT = 1_024;

  /** Linux takes one "name=value" of 128 KiB with its NUL (MAX_ARG_STRLEN). */
  static final int MAX_ENTRY_BYTES = 131_071;

  /** A quarter of the 2 MiB that Linux gives arguments and environment of a program together. */
  static final int MAX_TOTAL_BYTES = 512 * 1024;

  /** POSIX.1-2017 §8.1: what every shell can name. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private EnvironmentVariables() {}

  /**
   * @throws OmniRunException INVALID_REQUEST for a name or value that cannot be one,
   *     COMMAND_TOO_LARGE for more than Linux takes
   */
  static Map<String, String> parse(JsonFields body, String field) {
    Map<String, String> variables = body.stringMap(field);
    if (variables.size() > MAX_COUNT) {
      throw tooLarge("field \"%s\" has more than %,d variables".formatted(field, MAX_COUNT));
    }
    long total = 0;
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      total += entryBytes(field, variable.getKey(), variable.getValue());
    }
    if (total > MAX_TOTAL_BYTES) {
      throw tooLarge(
          "the variables in \"%s\" have more than %,d bytes together"
              .formatted(field, MAX_TOTAL_BYTES));
    }
    return variables;
  }

  /** How many characters they have together. */
  static long length(Map<String, String> variables) {
    return variables.entrySet().stream()
        .mapToLong(variable -> (long) variable.getKey().length() + variable.getValue().length())
        .sum();
  }

  private static long entryBytes(String field, String name, String value) {
    if (!NAME.matcher(name).matches()) {
      throw InvalidRequest.because(
          "a name in \"%s\" is none of a variable: letters, digits and underscores, no digit first"
              .formatted(field));
    }
    InvalidRequest.withoutNul("a value in \"" + field + "\"", value);
    long bytes = name.length() + 1L + value.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_ENTRY_BYTES) {
      throw tooLarge(
          "a variable in \"%s\" has more than %,d bytes; put it into a file instead"
              .formatted(field, MAX_ENTRY_BYTES));
    }
    return bytes;
  }

  private static OmniRunException tooLarge(String message) {
    return new OmniRunException(ErrorCode.COMMAND_TOO_LARGE, message);
  }
}
