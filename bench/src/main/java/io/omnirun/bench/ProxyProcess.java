package io.omnirun.bench;

import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.DomainName;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.SandboxId;
import io.omnirun.network.AddressRule;
import io.omnirun.network.CachedNames;
import io.omnirun.network.EgressLog;
import io.omnirun.network.Guest;
import io.omnirun.network.HostAddresses;
import io.omnirun.network.NameResolver.Resolution;
import io.omnirun.network.ProxyLimits;
import io.omnirun.network.ProxyProtocol;
import io.omnirun.network.SniProxy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Our proxy as a process of its own, as the other one is: for one guest with 1,000 listed names, at
 * a port that it prints. Each line that it reads it answers by the decision times since the last
 * one, in microseconds, separated by spaces.
 */
final class ProxyProcess {
  private static final int OTHER_NAMES = NetworkPolicy.MAX_ENTRIES - 1;

  private ProxyProcess() {}

  private static final class OneGuest implements Guest {
    private final SandboxId id = SandboxId.random();
    private final EgressLog log = new EgressLog(InstantSource.system(), Telemetry.NONE);
    private final NetworkPolicy policy;

    OneGuest(String name) {
      List<DomainPattern> names = new ArrayList<>();
      for (int i = 0; i < OTHER_NAMES; i++) {
        names.add(DomainPattern.parse("*.other-" + i + ".example.net"));
      }
      names.add(DomainPattern.parse(name));
      policy = new NetworkPolicy(false, names, List.of(), List.of(), List.of(), true, false);
    }

    @Override
    public SandboxId id() {
      return id;
    }

    @Override
    public NetworkPolicy policy() {
      return policy;
    }

    @Override
    public void pin(DomainName name, Set<Inet4Address> addresses, Duration time) {
      throw new IllegalStateException("the proxy opens nothing");
    }

    @Override
    public EgressLog egress() {
      return log;
    }
  }

  /** Arguments: the listed name, its address, and the port of the server there. */
  public static void main(String[] arguments) throws IOException {
    Guest guest = new OneGuest(arguments[0]);
    Inet4Address server = (Inet4Address) Inet4Address.ofLiteral(arguments[1]);
    List<Long> decisions = Collections.synchronizedList(new ArrayList<>());
    try (SniProxy proxy =
        new SniProxy(
            source -> Optional.of(guest),
            new CachedNames(name -> new Resolution(List.of(server), Duration.ofMinutes(5))),
            new AddressRule(List.of(Ipv4Network.of(server)), new HostAddresses()),
            ProxyLimits.DEFAULT,
            (kind, outcome, time) -> decisions.add(time.toNanos() / 1_000))) {
      System.out.println(
          proxy
              .listen(
                  new InetSocketAddress(server, 0),
                  ProxyProtocol.TLS,
                  Integer.parseInt(arguments[2]))
              .getPort());
      serve(decisions);
    }
  }

  private static void serve(List<Long> decisions) throws IOException {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (input.readLine() != null) {
      StringBuilder line = new StringBuilder();
      synchronized (decisions) {
        decisions.forEach(micros -> line.append(micros).append(' '));
        decisions.clear();
      }
      System.out.println(line);
    }
  }
}
