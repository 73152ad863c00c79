package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestPorts;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Visibility;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a caller wants exposed.
 *
 * @param port the guest's TCP port
 * @param lifetime empty: for as long as may be
 * @param slug the first label of the host name; empty: any
 * @param openPath where people begin; empty: at the root
 * @param preserveHost the guest is to see the host name that the browser has used
 */
public record ExposureRequest(
    int port,
    Visibility visibility,
    Optional<Duration> lifetime,
    Optional<String> slug,
    Optional<String> openPath,
    boolean preserveHost) {
  /** What browsers and proxies take in a request line, with the query. */
  public static final int MAX_OPEN_PATH_LENGTH = 2_048;

  /** The sandbox's own. */
  private static final Set<Integer> RESERVED =
      Set.of(GuestPorts.AGENT, GuestPorts.LLM, GuestPorts.INTERPRETER);

  /** What a URI may hold behind its authority (RFC 3986); a backslash is a slash to browsers. */
  private static final Pattern OPEN_PATH =
      Pattern.compile("/(?!/)(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#-]++|%[0-9A-Fa-f]{2})*+");

  /**
   * @throws OmniRunException INVALID_REQUEST naming what is wrong
   */
  public ExposureRequest {
    checkPort(port);
    lifetime.ifPresent(ExposureRequest::checkLifetime);
    slug.ifPresent(Slugs::check);
    openPath.ifPresent(ExposureRequest::checkOpenPath);
  }

  private static void checkPort(int port) {
    if (port < 1 || port > GuestPorts.MAX) {
      throw invalid("field \"port\" must be from 1 to %d".formatted(GuestPorts.MAX));
    }
    if (RESERVED.contains(port)) {
      throw invalid(
          "port %d is the sandbox's own and is not exposed; send another one".formatted(port));
    }
  }

  /**
   * @throws OmniRunException INVALID_REQUEST if that is no time
   */
  static void checkLifetime(Duration lifetime) {
    if (!lifetime.isPositive()) {
      throw invalid(
          "field \"requestedTtlSeconds\" must be 1 or more; without it the exposure lasts as long"
              + " as it may");
    }
  }

  private static void checkOpenPath(String path) {
    if (path.length() > MAX_OPEN_PATH_LENGTH || !OPEN_PATH.matcher(path).matches()) {
      throw invalid(
          "field \"openPath\" must begin with one / and go on as in a URL, with %%XX for what a URL"
              .concat(" does not take, of at most %,d characters")
              .formatted(MAX_OPEN_PATH_LENGTH));
    }
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }
}
