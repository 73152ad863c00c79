package io.omnirun.gateway;

import java.time.Duration;

/**
 * Where a gateway is and how patient it is.
 *
 * @param domain below which the host names are, in lower case
 * @param tlsBefore browsers speak TLS with something that stands before this server
 * @param silence how long nothing may move before the whole of an answer is there; also how long a
 *     guest may think before its answer begins
 * @param blindSilence the same behind a client that has sent its next request already: whether it
 *     hangs up cannot be seen
 * @param tunnelSilence the same for a connection that was upgraded
 */
public record GatewaySettings(
    String domain,
    boolean tlsBefore,
    Duration silence,
    Duration blindSilence,
    Duration tunnelSilence) {
  /** The longest that a model's answer is waited for before its first word. */
  public static final Duration DEFAULT_SILENCE = Duration.ofMinutes(10);

  /** Browsers never send a request before the answer to the one before. */
  public static final Duration DEFAULT_BLIND_SILENCE = Duration.ofSeconds(30);

  /** Most WebSockets ping within a minute; a few never do. */
  public static final Duration DEFAULT_TUNNEL_SILENCE = Duration.ofHours(1);

  /** With the usual patience. */
  public static GatewaySettings of(String domain, boolean tlsBefore) {
    return new GatewaySettings(
        domain, tlsBefore, DEFAULT_SILENCE, DEFAULT_BLIND_SILENCE, DEFAULT_TUNNEL_SILENCE);
  }
}
