package io.omnirun.core.ports;

import io.omnirun.model.Ipv4Network;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the host does for guests with links: it makes the link, and drops every packet that the
 * link's rules do not let pass. Thread-safe; calls block.
 */
public interface HostLinks {
  /** Where guests are served; empty: no guest gets a link. */
  Optional<Services> services();

  /** Why no guest gets a link; empty if they do. */
  String problem();

  /**
   * Gives a running machine a link, instead of one that it has.
   *
   * @throws OmniRunException NETWORK_UNAVAILABLE; there is no link then
   */
  Link plug(MachineId machine, Rules rules);

  /**
   * Replaces the rules of a machine's link, all at once, and forgets what was pinned; what is open
   * is judged anew.
   *
   * @return the link; empty: the machine has none
   * @throws OmniRunException NETWORK_UNAVAILABLE; the former rules hold then
   */
  Optional<Link> change(MachineId machine, Rules rules);

  /**
   * The same for a machine that has these rules already: what is open and pinned stays so.
   *
   * @throws OmniRunException as {@link #change}
   */
  Optional<Link> keep(MachineId machine, Rules rules);

  /**
   * Opens addresses to a machine for a time; one that is open longer stays so.
   *
   * @throws OmniRunException NETWORK_UNAVAILABLE, or SANDBOX_AIR_GAPPED if the machine has no link
   */
  void pin(MachineId machine, Map<Inet4Address, Duration> pins);

  /** From now on this listener, and no other, is told what guests send. */
  void follow(FlowListener listener);

  /**
   * Where the router sends guests, under their own addresses.
   *
   * @param address of this host, which only guests reach
   * @param resolver what guests have as their name server
   * @param dnsPort questions for names, by UDP and TCP
   * @param tlsPort connections to port 443 of guests with proxied links
   * @param httpPort theirs to port 80
   * @param except networks that rules may open although no guest reaches their kind
   */
  record Services(
      Inet4Address address,
      Inet4Address resolver,
      int dnsPort,
      int tlsPort,
      int httpPort,
      List<Ipv4Network> except) {
    public Services {
      except = List.copyOf(except);
    }
  }

  /**
   * A link as its guest must set it up.
   *
   * @param address the guest's, which nobody else has while the link is there
   * @param prefixLength of the network between guest and gateway
   */
  record Link(Inet4Address address, int prefixLength, Inet4Address gateway) {}

  /**
   * Where packets may go. Guests reach this server's name server, whatever stands here.
   *
   * @param open everywhere that is not denied
   * @param proxied to the proxies alone; nothing else may be open, allowed or pinned then
   * @param resolved what is for any name server goes to this server's
   * @param allowed these
   * @param denied not these, whatever else says so
   * @param pinned these for a time
   */
  record Rules(
      boolean open,
      boolean proxied,
      boolean resolved,
      List<Ipv4Network> allowed,
      List<Ipv4Network> denied,
      Map<Inet4Address, Duration> pinned) {
    public Rules {
      allowed = List.copyOf(allowed);
      denied = List.copyOf(denied);
      pinned = Map.copyOf(pinned);
    }
  }
}
