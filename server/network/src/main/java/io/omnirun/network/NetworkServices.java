package io.omnirun.network;

import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.HostLinks.Services;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that serves guests with links in this process: their name server, the proxies, and who they
 * are. On a host that gives no guest a link nothing is started. Closing it ends the services; the
 * links stay, and a server after this one takes them up.
 */
public final class NetworkServices implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkServices.class);

  private static final int HTTPS = 443;
  private static final int HTTP = 80;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final GuestNetwork network;

  private NetworkServices(
      HostLinks links, List<InetSocketAddress> nameServers, Telemetry telemetry) {
    this.network =
        links
            .services()
            .map(services -> started(links, services, nameServers, telemetry))
            .orElseGet(() -> GuestNetwork.none(links.problem()));
  }

  /**
   * @param links what the host does for guests
   * @param nameServers whom questions are passed on to; empty: those of the host
   * @param telemetry is told what guests ask of the network
   * @throws OmniRunException CONFIGURATION_INVALID if a service cannot be started
   */
  public static NetworkServices start(
      HostLinks links, Optional<List<InetSocketAddress>> nameServers, Telemetry telemetry) {
    return new NetworkServices(
        links,
        links.services().isEmpty() ? List.of() : nameServers.orElseGet(NetworkServices::ofHost),
        telemetry);
  }

  private static List<InetSocketAddress> ofHost() {
    try {
      return ResolverFile.servers(ResolverFile.PLACE);
    } catch (IOException e) {
      throw invalid("the host's name servers are not known; network.resolvers may name some", e);
    }
  }

  private GuestNetwork started(
      HostLinks links,
      Services services,
      List<InetSocketAddress> nameServers,
      Telemetry telemetry) {
    try {
      return start(links, services, nameServers, telemetry);
    } catch (IOException | RuntimeException e) {
      close();
      throw invalid(
          "what sandboxes with a network need cannot listen at "
              + services.address().getHostAddress(),
          e);
    }
  }

  private GuestNetwork start(
      HostLinks links, Services services, List<InetSocketAddress> nameServers, Telemetry telemetry)
      throws IOException {
    Predicate<Inet4Address> reachable = new AddressRule(services.except(), new HostAddresses());
    DnsUpstream upstream = new DnsUpstream(nameServers);
    NameResolver names = new CachedNames(new UpstreamNames(upstream));
    GuestTable guests = new GuestTable();
    parts.push(
        GuestResolver.start(at(services, services.dnsPort()), guests, upstream, names, reachable));
    SniProxy proxy = new SniProxy(guests, names, reachable, ProxyLimits.DEFAULT, ProxyMeter.NONE);
    parts.push(proxy);
    proxy.listen(at(services, services.tlsPort()), ProxyProtocol.TLS, HTTPS);
    proxy.listen(at(services, services.httpPort()), ProxyProtocol.HTTP, HTTP);
    ExactNames exact = new ExactNames(names, reachable);
    NameRefresh refresh = new NameRefresh(guests, exact);
    parts.push(refresh);
    links.follow(new GuestFlows(guests));
    parts.push(() -> links.follow(FlowListener.NONE));
    return new GuestLinks(
        links,
        services.resolver(),
        guests,
        exact,
        refresh,
        proxy,
        InstantSource.system(),
        telemetry);
  }

  private static InetSocketAddress at(Services services, int port) {
    return new InetSocketAddress(services.address(), port);
  }

  private static OmniRunException invalid(String problem, Exception cause) {
    return new OmniRunException(ErrorCode.CONFIGURATION_INVALID, problem, cause);
  }

  /** The guests' network; what refuses everything on a host without links. */
  public GuestNetwork network() {
    return network;
  }

  @Override
  public void close() {
    parts.forEach(
        part -> {
          try {
            part.close();
          } catch (Exception e) {
            LOG.warn("a service of the guests' network does not end well", e);
          }
        });
  }
}
