package io.omnirun.network;

import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.DomainName;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A guest whose policy a test sets, and which remembers what was opened to it. */
final class TestGuest implements Guest {
  final Map<Inet4Address, Duration> pinned = new ConcurrentHashMap<>();
  volatile boolean pinFails;
  private final SandboxId id = SandboxId.random();
  private final EgressLog log = new EgressLog(InstantSource.system(), Telemetry.NONE);
  private volatile NetworkPolicy policy;

  TestGuest(NetworkPolicy policy) {
    this.policy = policy;
  }

  static NetworkPolicy open(String... denied) {
    return new NetworkPolicy(true, List.of(), patterns(denied), List.of(), List.of(), false, false);
  }

  static NetworkPolicy listed(String... allowed) {
    return new NetworkPolicy(
        false, patterns(allowed), List.of(), List.of(), List.of(), false, false);
  }

  static NetworkPolicy listedBut(String deniedNetwork, String... allowed) {
    return new NetworkPolicy(
        false,
        patterns(allowed),
        List.of(),
        List.of(),
        List.of(Ipv4Network.parse(deniedNetwork)),
        false,
        false);
  }

  static NetworkPolicy proxied(String... allowed) {
    return new NetworkPolicy(
        false, patterns(allowed), List.of(), List.of(), List.of(), true, false);
  }

  static NetworkPolicy watched(String... allowed) {
    return new NetworkPolicy(false, patterns(allowed), List.of(), List.of(), List.of(), true, true);
  }

  private static List<DomainPattern> patterns(String... texts) {
    return Stream.of(texts).map(DomainPattern::parse).toList();
  }

  void setPolicy(NetworkPolicy newPolicy) {
    policy = newPolicy;
  }

  /** The events of its log, the oldest first. */
  List<EgressEvent> events() {
    return entries().stream().map(EgressEntry::event).toList();
  }

  List<EgressEntry> entries() {
    return log.after(0, EgressLog.MAX_ENTRIES);
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
    if (pinFails) {
      throw new OmniRunException(ErrorCode.LAUNCHER_UNAVAILABLE, "as the test wants");
    }
    addresses.forEach(address -> pinned.put(address, time));
  }

  @Override
  public EgressLog egress() {
    return log;
  }
}
