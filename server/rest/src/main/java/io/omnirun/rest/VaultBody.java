package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.util.Map;
import java.util.Optional;

/** The body of {@code POST /vault/credentials}: one credential, or several. */
final class VaultBody {
  /** A full vault in which every byte is escaped, as {@code \\u0007} is: six for one. */
  static final long MAX_BYTES = 8L * 1024 * 1024;

  private VaultBody() {}

  /**
   * @throws io.omnirun.model.OmniRunException naming the field that is wrong, never its value
   */
  static Map<String, String> parse(JsonFields body) {
    Optional<String> key = body.optionalString("key");
    Optional<String> value = body.optionalString("value");
    Map<String, String> credentials = body.stringMap("credentials");
    if (key.isEmpty() && value.isEmpty()) {
      return credentials;
    }
    if (!credentials.isEmpty()) {
      throw InvalidRequest.because(
          "send either \"key\" and \"value\", or \"credentials\", not both");
    }
    return Map.of(body.requiredString("key"), body.requiredString("value"));
  }
}
