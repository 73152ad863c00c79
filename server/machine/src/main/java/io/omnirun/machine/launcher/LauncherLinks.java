package io.omnirun.machine.launcher;

import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Links by the launcher's verbs {@code network.*}. Thread-safe. */
public final class LauncherLinks implements HostLinks {
  /** What the launcher takes in one request. */
  static final int MAX_PINS = 256;

  private final LauncherClient launcher;
  private final Optional<Services> services;
  private final String problem;

  /**
   * @param info what the launcher said of itself
   */
  public LauncherLinks(LauncherClient launcher, HostInfo info) {
    this.launcher = launcher;
    this.services = Optional.ofNullable(info.network()).map(LauncherLinks::services);
    this.problem = Optional.ofNullable(info.networkProblem()).orElse("");
  }

  private static Services services(HostInfo.Network network) {
    return new Services(
        address(network.services()),
        address(Optional.ofNullable(network.resolver()).orElse(network.services())),
        network.dnsPort(),
        network.tlsPort(),
        network.httpPort(),
        network.except().stream().map(Ipv4Network::parse).toList());
  }

  private static Inet4Address address(String text) {
    return Inet4Address.ofLiteral(text);
  }

  @Override
  public Optional<Services> services() {
    return services;
  }

  @Override
  public String problem() {
    return problem;
  }

  @Override
  public Link plug(MachineId machine, Rules rules) {
    return launcher.plug(policy(machine, rules, false)).ofHost();
  }

  @Override
  public Optional<Link> change(MachineId machine, Rules rules) {
    return changed(policy(machine, rules, false));
  }

  @Override
  public Optional<Link> keep(MachineId machine, Rules rules) {
    return changed(policy(machine, rules, true));
  }

  private Optional<Link> changed(LinkPolicy policy) {
    try {
      return Optional.of(launcher.setPolicy(policy).ofHost());
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.SANDBOX_AIR_GAPPED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void pin(MachineId machine, Map<Inet4Address, Duration> pins) {
    List<LinkPolicy.Pin> all = pins(pins);
    for (int begin = 0; begin < all.size(); begin += MAX_PINS) {
      launcher.pin(machine.value(), all.subList(begin, Math.min(begin + MAX_PINS, all.size())));
    }
  }

  @Override
  public void follow(FlowListener listener) {
    launcher.follow(listener);
  }

  private static LinkPolicy policy(MachineId machine, Rules rules, boolean keep) {
    return new LinkPolicy(
        machine.value(),
        rules.open(),
        rules.proxied(),
        rules.resolved(),
        rules.allowed().stream().map(LauncherLinks::prefixed).toList(),
        rules.denied().stream().map(LauncherLinks::prefixed).toList(),
        pins(rules.pinned()),
        keep);
  }

  private static String prefixed(Ipv4Network network) {
    String text = network.toString();
    return text.indexOf('/') < 0 ? text + "/32" : text;
  }

  private static List<LinkPolicy.Pin> pins(Map<Inet4Address, Duration> pins) {
    return pins.entrySet().stream()
        .map(
            pin ->
                new LinkPolicy.Pin(
                    pin.getKey().getHostAddress(), Math.max(pin.getValue().toSeconds(), 1)))
        .toList();
  }
}
