package io.omnirun.model;

import java.net.Inet4Address;
import java.util.List;

/**
 * What of the network a sandbox reaches. Never reachable, whatever stands here, is what the host
 * keeps from all of them: itself, private and metadata addresses, other sandboxes.
 *
 * <p>Precedence: the mode says what the lists mean, and in each mode the first row that fits
 * decides.
 *
 * <table>
 * <caption>Verdicts</caption>
 * <tr><th>mode</th><th>a name</th><th>an address</th></tr>
 * <tr><td>AIR_GAP</td><td>unlisted</td><td>unlisted</td></tr>
 * <tr><td>OPEN</td><td>in denyDomains: denied; allowed</td>
 *     <td>in denyIPs, or an answer to an exact denied name: denied; allowed</td></tr>
 * <tr><td>LISTED</td><td>in denyDomains: denied; in allowDomains: allowed; unlisted</td>
 *     <td>in denyIPs, or an answer to an exact denied name: denied; in allowIPs, or an answer to an
 *     allowed name: allowed; unlisted</td></tr>
 * <tr><td>PROXIED</td><td>in allowDomains: allowed; unlisted</td><td>unlisted</td></tr>
 * <tr><td>PROXIED_LOG_ONLY</td><td>in allowDomains: allowed; logged</td><td>unlisted</td></tr>
 * </table>
 *
 * <p>Denied and unlisted names do not exist for our resolver. The two proxied modes reach names on
 * ports 443 and 80 only, by the proxy; they look at no other list.
 *
 * @param internet everything that is not kept from it by a list
 * @param allowDomains names that it reaches; with one of the allow lists it reaches nothing else
 * @param denyDomains names that it does not reach
 * @param allowIps networks that it reaches
 * @param denyIps networks that it does not reach
 * @param sniProxy it reaches TLS servers alone, by the names in {@code allowDomains}
 * @param sniProxyLogOnly the proxy lets other names through and writes down that it did
 */
public record NetworkPolicy(
    boolean internet,
    List<DomainPattern> allowDomains,
    List<DomainPattern> denyDomains,
    List<Ipv4Network> allowIps,
    List<Ipv4Network> denyIps,
    boolean sniProxy,
    boolean sniProxyLogOnly) {
  /** Entries of each list; what the launcher takes. */
  public static final int MAX_ENTRIES = 1_000;

  /** Nothing at all, which is what a sandbox has that asks for nothing. */
  public static final NetworkPolicy AIR_GAP =
      new NetworkPolicy(false, List.of(), List.of(), List.of(), List.of(), false, false);

  /**
   * @throws OmniRunException INVALID_REQUEST with what is wrong
   */
  public NetworkPolicy {
    allowDomains = bounded("allowDomains", allowDomains);
    denyDomains = bounded("denyDomains", denyDomains);
    allowIps = bounded("allowIPs", allowIps);
    denyIps = bounded("denyIPs", denyIps);
    if (sniProxy && allowDomains.isEmpty()) {
      throw refused("sniProxy needs the names that it lets through in allowDomains");
    }
    if (sniProxyLogOnly && !sniProxy) {
      throw refused("sniProxyLogOnly needs sniProxy");
    }
  }

  /** What the lists mean. */
  public enum Mode {
    /** No link at all: nothing to allow. Lists of what is denied plug in nothing. */
    AIR_GAP,
    /** Everything but what is denied. */
    OPEN,
    /** What is on a list and not denied. */
    LISTED,
    /** TLS and HTTP to listed names, by the proxy. */
    PROXIED,
    /** TLS and HTTP to any name, by the proxy, which logs those that are not listed. */
    PROXIED_LOG_ONLY;

    /** Whether all that leaves goes through the proxy. */
    public boolean isProxied() {
      return this == PROXIED || this == PROXIED_LOG_ONLY;
    }
  }

  /** What a policy says of a name or an address. */
  public enum Verdict {
    /** It is reached. */
    ALLOWED,
    /** It is reached although it is on no list, and that is written down. */
    LOGGED,
    /** It is on a list of what is denied. */
    DENIED,
    /** It is on no list that would allow it. */
    UNLISTED;

    /** Whether it is reached. */
    public boolean passes() {
      return this == ALLOWED || this == LOGGED;
    }
  }

  /** How this policy is to be read. */
  public Mode mode() {
    if (sniProxy) {
      return sniProxyLogOnly ? Mode.PROXIED_LOG_ONLY : Mode.PROXIED;
    }
    if (!allowDomains.isEmpty() || !allowIps.isEmpty()) {
      return Mode.LISTED;
    }
    return internet ? Mode.OPEN : Mode.AIR_GAP;
  }

  /** The verdict on a name. */
  public Verdict verdict(DomainName name) {
    boolean denied = denyDomains.stream().anyMatch(pattern -> pattern.matches(name));
    boolean allowed = allowDomains.stream().anyMatch(pattern -> pattern.matches(name));
    return switch (mode()) {
      case AIR_GAP -> Verdict.UNLISTED;
      case OPEN -> denied ? Verdict.DENIED : Verdict.ALLOWED;
      case LISTED -> listed(denied, allowed);
      case PROXIED -> allowed ? Verdict.ALLOWED : Verdict.UNLISTED;
      case PROXIED_LOG_ONLY -> allowed ? Verdict.ALLOWED : Verdict.LOGGED;
    };
  }

  /** The verdict on an address of which no name is known. */
  public Verdict verdict(Inet4Address address) {
    boolean denied = denyIps.stream().anyMatch(network -> network.contains(address));
    boolean allowed = allowIps.stream().anyMatch(network -> network.contains(address));
    return switch (mode()) {
      case AIR_GAP, PROXIED, PROXIED_LOG_ONLY -> Verdict.UNLISTED;
      case OPEN -> denied ? Verdict.DENIED : Verdict.ALLOWED;
      case LISTED -> listed(denied, allowed);
    };
  }

  private static Verdict listed(boolean denied, boolean allowed) {
    if (denied) {
      return Verdict.DENIED;
    }
    return allowed ? Verdict.ALLOWED : Verdict.UNLISTED;
  }

  private static <T> List<T> bounded(String field, List<T> entries) {
    if (entries.size() > MAX_ENTRIES) {
      throw refused(
          "%s has %,d entries; %,d are the most".formatted(field, entries.size(), MAX_ENTRIES));
    }
    return List.copyOf(entries);
  }

  private static OmniRunException refused(String problem) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, problem);
  }
}
