package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.EmailAddress;

/** Fields of the bodies with which people sign in. */
final class SignInBody {
  /** Longer than any; some people type a space in the middle. */
  private static final int MAX_SECRET_LENGTH = 128;

  private SignInBody() {}

  static EmailAddress email(JsonFields body) {
    return EmailAddress.parse(body.requiredString("email").strip())
        .orElseThrow(
            () ->
                InvalidRequest.because(
                    "field \"email\" must be an e-mail address of at most %d ASCII characters"
                        .formatted(EmailAddress.MAX_LENGTH)));
  }

  static String code(JsonFields body) {
    return secret("code", body.requiredString("code"));
  }

  static String challenge(JsonFields body) {
    return secret("mfa_challenge_token", body.requiredString("mfa_challenge_token"));
  }

  static String secret(String field, String text) {
    if (text.length() > MAX_SECRET_LENGTH) {
      throw InvalidRequest.because(
          "field \"%s\" must have at most %d characters".formatted(field, MAX_SECRET_LENGTH));
    }
    return text.replace(" ", "");
  }
}
