package io.omnirun.gateway;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What a gateway serves and how patient it is.
 *
 * @param domain below which the host names are, in lower case
 * @param sandboxNames whether sandboxes' own names are served, and not slugs alone
 * @param interpreterPort whether they are for the interpreter's port
 * @param silence how long nothing may move before the whole of an answer is there; also how long a
 *     guest may think before its answer begins
 * @param tunnelSilence the same for a connection that was upgraded
 */
public record GatewaySettings(
    String domain,
    boolean sandboxNames,
    boolean interpreterPort,
    Duration silence,
    Duration tunnelSilence) {
  /** The longest that a model's answer is waited for before its first word. */
  public static final Duration DEFAULT_SILENCE = Duration.ofMinutes(10);

  /** Most WebSockets ping within a minute; a few never do. */
  public static final Duration DEFAULT_TUNNEL_SILENCE = Duration.ofHours(1);

  private static final int MAX_DOMAIN_CHARACTERS = 190;

  private static final Pattern DOMAIN =
      Pattern.compile(
          "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*");

  /**
   * @throws OmniRunException CONFIGURATION_INVALID if the domain cannot be one
   */
  public GatewaySettings {
    if (domain.length() > MAX_DOMAIN_CHARACTERS || !DOMAIN.matcher(domain).matches()) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "the gateway's domain must be a host name in lower case, previews.example.com say");
    }
  }

  /** With the usual patience. */
  public static GatewaySettings of(String domain, boolean sandboxNames, boolean interpreterPort) {
    return new GatewaySettings(
        domain, sandboxNames, interpreterPort, DEFAULT_SILENCE, DEFAULT_TUNNEL_SILENCE);
  }
}
