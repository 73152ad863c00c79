package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The body of {@code POST /sandboxes/{id}/contexts}.
 *
 * @param language which there are the sandbox knows
 */
record ContextBody(String language, Optional<String> cwd) {
  private static final String DEFAULT_LANGUAGE = "python";

  /** As languages are called: {@code c++}, {@code objective-c}, {@code f#}. */
  private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z0-9+#._-]{1,64}");

  /**
   * @throws io.omnirun.model.OmniRunException naming the field that is wrong
   */
  static ContextBody parse(JsonFields body) {
    String language = body.optionalString("language").orElse(DEFAULT_LANGUAGE);
    if (!LANGUAGE.matcher(language).matches()) {
      throw InvalidRequest.because(
          "field \"language\" must be a language's name, 1 to 64 letters, digits and + # . _ -");
    }
    return new ContextBody(language, body.optionalString("cwd").map(GuestNames::workingDirectory));
  }
}
