package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The Content-Disposition of a form's part: {@code form-data; name="…"; filename="…"}. Browsers
 * write quotes and line ends in a name as percent-escapes, others put a backslash before a quote.
 *
 * <p>Source: RFC 7578 §4.2, HTML Living Standard on multipart/form-data.
 */
record FormDisposition(String name, Optional<String> fileName) {
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\G\\s*;\\s*([^\\s=;]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s;\"]*))");

  private static final String TYPE = "form-data";

  static FormDisposition parse(String header) throws RefusedBodyException {
    if (!header.toLowerCase(Locale.ROOT).startsWith(TYPE)) {
      throw invalid();
    }
    Matcher parameter = PARAMETER.matcher(header).region(TYPE.length(), header.length());
    String name = null;
    String fileName = null;
    while (parameter.find()) {
      switch (parameter.group(1).toLowerCase(Locale.ROOT)) {
        case "name" -> name = value(parameter);
        case "filename" -> fileName = value(parameter);
        default -> {}
      }
    }
    return new FormDisposition(required(name), Optional.ofNullable(fileName));
  }

  private static String value(Matcher parameter) {
    String quoted = parameter.group(2);
    String raw = quoted == null ? parameter.group(3) : quoted.replaceAll("\\\\([\\\\\"])", "$1");
    return raw.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
  }

  private static String required(@Nullable String name) throws RefusedBodyException {
    if (name == null) {
      throw invalid();
    }
    return name;
  }

  private static RefusedBodyException invalid() {
    return new RefusedBodyException(
        new OmniRunException(
            ErrorCode.INVALID_REQUEST,
            "a part of the form has no Content-Disposition: form-data; name=\"…\""));
  }
}
