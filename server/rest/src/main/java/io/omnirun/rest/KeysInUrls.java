package io.omnirun.rest;

import io.omnirun.core.Secrets;
import io.omnirun.http.Exchange;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses requests with an API key in their URL, whatever its parameter is called: others keep
 * URLs.
 */
final class KeysInUrls {
  /** What such parameters are called, whatever stands in them. */
  private static final Set<String> NAMES =
      Set.of("api_key", "apikey", "api-key", "x-api-key", "access_token", "authorization");

  private KeysInUrls() {}

  /** No character of a key needs to be encoded, so the query is looked at as it was sent. */
  static void refuse(Exchange exchange) {
    for (String pair : exchange.rawQuery().split("&", -1)) {
      int equals = Math.max(pair.indexOf('='), 0);
      String name = pair.substring(0, equals).toLowerCase(Locale.ROOT);
      if (NAMES.contains(name) || Secrets.isKey(pair.substring(equals).replaceFirst("^=", ""))) {
        throw new OmniRunException(
            ErrorCode.KEY_IN_URL,
            "an API key in a URL ends up in logs and histories: send it as X-API-Key or as"
                + " Authorization: Bearer, and revoke this one");
      }
    }
  }
}
