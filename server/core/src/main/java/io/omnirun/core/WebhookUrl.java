package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/** What a webhook's URL may be. Where its name leads is checked again at every connection. */
final class WebhookUrl {
  static final int MAX_LENGTH = 2_048;

  private static final int MAX_PORT = 65_535;
  private static final int NO_PORT = -1;
  private static final Set<String> SCHEMES = Set.of("http", "https");

  private WebhookUrl() {}

  /**
   * @throws OmniRunException INVALID_REQUEST with what is wrong
   */
  static void check(String url, boolean privateAllowed) {
    URI uri = parse(url);
    String scheme = uri.getScheme();
    String host = uri.getHost();
    if (scheme == null || host == null || !SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))) {
      throw invalid("must be an absolute http or https URL with a host");
    }
    if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
      throw invalid("must have neither a user nor a fragment");
    }
    if (uri.getPort() != NO_PORT && (uri.getPort() < 1 || uri.getPort() > MAX_PORT)) {
      throw invalid("has no possible port");
    }
    if (!privateAllowed && isPrivateAddress(host)) {
      throw invalid("must lead to the public internet");
    }
  }

  private static URI parse(String url) {
    if (url.length() > MAX_LENGTH) {
      throw invalid("must have at most %,d characters".formatted(MAX_LENGTH));
    }
    try {
      URI uri = new URI(url);
      if (!uri.toASCIIString().equals(url)) {
        throw invalid("must be ASCII; encode other characters");
      }
      return uri;
    } catch (URISyntaxException e) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST, "field \"url\" is no URL: " + e.getReason(), e);
    }
  }

  /** Of names nothing is said here: what they stand for may change. */
  private static boolean isPrivateAddress(String host) {
    try {
      return !PublicAddresses.isPublic(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException aName) {
      return false;
    }
  }

  private static OmniRunException invalid(String problem) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, "field \"url\" " + problem);
  }
}
