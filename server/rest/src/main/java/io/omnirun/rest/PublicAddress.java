package io.omnirun.rest;

import java.net.URI;
import java.util.Set;

/**
 * How this server is reached.
 *
 * @param url where browsers reach it, {@code https://omnirun.example.org} say
 * @param trustedProxies addresses whose {@code X-Forwarded-For} is believed
 */
public record PublicAddress(URI url, Set<String> trustedProxies) {
  /**
   * @throws IllegalArgumentException if it is no origin of the web
   */
  public PublicAddress {
    trustedProxies = Set.copyOf(trustedProxies);
    if (!isOrigin(url)) {
      throw new IllegalArgumentException("no http or https URL without a path: " + url);
    }
  }

  /** Whether a URL names a server of the web and nothing on it. */
  public static boolean isOrigin(URI url) {
    return url.getHost() != null
        && (url.getRawPath() == null || url.getRawPath().isEmpty())
        && url.getRawQuery() == null
        && url.getRawFragment() == null
        && url.getRawUserInfo() == null
        && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()));
  }

  /** Whether what browsers send cannot be read on the way. */
  boolean isSecure() {
    return "https".equals(url.getScheme());
  }
}
