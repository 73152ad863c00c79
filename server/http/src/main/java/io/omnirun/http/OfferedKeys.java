package io.omnirun.http;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The API keys that a request shows: in {@code X-API-Key}, or as {@code Authorization: Bearer}. An
 * empty one is as good as none, for some clients always send the header.
 */
public final class OfferedKeys {
  private static final String KEY_HEADER = "X-API-Key";
  private static final String AUTHORIZATION_HEADER = "Authorization";
  private static final String BEARER = "Bearer ";

  private OfferedKeys() {}

  /** Each different one, in the order sent; the caller may add others. */
  public static Set<String> of(Exchange exchange) {
    Set<String> keys = new LinkedHashSet<>();
    exchange.headers(KEY_HEADER).forEach(key -> keys.add(key.strip()));
    for (String credentials : exchange.headers(AUTHORIZATION_HEADER)) {
      if (credentials.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        keys.add(credentials.substring(BEARER.length()).strip());
      }
    }
    keys.remove("");
    return keys;
  }
}
