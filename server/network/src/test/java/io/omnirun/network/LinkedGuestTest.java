package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.DomainName;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LinkedGuestTest {
  private static final NameAddresses NOTHING =
      new NameAddresses(List.of(), List.of(), Duration.ofMinutes(1));
  private static final DomainName LISTED = DomainName.parse("a.example");
  private static final DomainName BELOW = DomainName.parse("x.wild.example");

  private final Host host = new Host();

  /** Remembers what it is told. */
  private static final class Host implements HostLinks {
    final List<Rules> rules = new ArrayList<>();
    final List<Map<Inet4Address, Duration>> pins = new ArrayList<>();
    boolean plugged = true;
    boolean refuses;

    @Override
    public Optional<Services> services() {
      return Optional.empty();
    }

    @Override
    public String problem() {
      return "";
    }

    @Override
    public Link plug(MachineId machine, Rules wanted) {
      plugged = true;
      rules.add(wanted);
      return new Link(address("100.64.0.2"), 30, address("100.64.0.1"));
    }

    @Override
    public Optional<Link> change(MachineId machine, Rules wanted) {
      if (refuses) {
        throw new OmniRunException(ErrorCode.LAUNCHER_UNAVAILABLE, "as told");
      }
      return plugged ? Optional.of(plug(machine, wanted)) : Optional.empty();
    }

    @Override
    public Optional<Link> keep(MachineId machine, Rules wanted) {
      return change(machine, wanted);
    }

    @Override
    public void pin(MachineId machine, Map<Inet4Address, Duration> wanted) {
      pins.add(wanted);
    }

    @Override
    public void follow(FlowListener listener) {
      throw new AssertionError("a guest follows flows");
    }

    Rules last() {
      return rules.getLast();
    }
  }

  @Test
  void everyModeHasItsRules() {
    assertThat(rulesOf(policy(true, List.of(), List.of())))
        .isEqualTo(new HostLinks.Rules(true, false, false, List.of(), List.of(), Map.of()));
    assertThat(rulesOf(policy(true, List.of(), List.of("b.example"))).resolved())
        .as("whoever denies names must have them asked here")
        .isTrue();
    assertThat(rulesOf(policy(false, List.of("a.example"), List.of())).open()).isFalse();
    NetworkPolicy proxied =
        new NetworkPolicy(
            true,
            patterns(List.of("a.example")),
            List.of(),
            networks("1.1.1.1"),
            List.of(),
            true,
            false);
    assertThat(rulesOf(proxied))
        .isEqualTo(new HostLinks.Rules(false, true, false, List.of(), List.of(), Map.of()));
  }

  private HostLinks.Rules rulesOf(NetworkPolicy policy) {
    guest(policy).plug(NOTHING);
    return host.last();
  }

  @Test
  void exactNamesAreOpenedAndClosedWithTheRules() {
    NetworkPolicy policy = policy(false, List.of("a.example"), List.of("b.example"));
    guest(policy)
        .plug(
            new NameAddresses(
                List.of(
                    new NameAddresses.Allowed(
                        LISTED, List.of(address("192.0.2.1")), Duration.ofMinutes(1))),
                List.of(address("192.0.2.9")),
                Duration.ofMinutes(1)));
    assertThat(host.last().pinned()).containsOnlyKeys(address("192.0.2.1"));
    assertThat(host.last().denied()).containsExactly(Ipv4Network.parse("192.0.2.9"));
  }

  @Test
  void whatANameOpenedStaysOpenWhileThePolicyAllowsTheName() {
    LinkedGuest guest = guest(policy(false, List.of("a.example", "*.wild.example"), List.of()));
    guest.plug(NOTHING);
    guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(1));
    guest.pin(BELOW, Set.of(address("192.0.2.2")), Duration.ofMinutes(1));
    guest.change(policy(false, List.of("*.wild.example"), List.of()), NOTHING);
    assertThat(host.last().pinned()).containsOnlyKeys(address("192.0.2.2"));
    assertThatThrownBy(() -> guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(1)))
        .as("an answer that was on its way when the policy changed")
        .isInstanceOf(OmniRunException.class);
    assertThat(host.pins).hasSize(2);
  }

  @Test
  void aChangeThatTheHostRefusesLeavesTheFormerPolicy() {
    NetworkPolicy former = policy(true, List.of(), List.of("b.example"));
    LinkedGuest guest = guest(former);
    guest.plug(new NameAddresses(List.of(), List.of(address("192.0.2.9")), Duration.ofMinutes(1)));
    host.refuses = true;
    NetworkPolicy wanted = policy(false, List.of("a.example"), List.of());
    assertThatThrownBy(() -> guest.change(wanted, NOTHING)).isInstanceOf(OmniRunException.class);
    assertThat(guest.policy()).isEqualTo(former);
    host.refuses = false;
    guest.refresh(
        former, new NameAddresses(List.of(), List.of(address("192.0.2.8")), Duration.ofMinutes(1)));
    assertThat(host.last().denied())
        .containsExactly(Ipv4Network.parse("192.0.2.9"), Ipv4Network.parse("192.0.2.8"));
  }

  @Test
  void aMachineThatLostItsLinkGetsItAgainAtATakeUpAndIsNotChanged() {
    LinkedGuest guest = guest(policy(true, List.of(), List.of()));
    host.plugged = false;
    assertThatThrownBy(() -> guest.change(policy(true, List.of(), List.of()), NOTHING))
        .isInstanceOf(OmniRunException.class);
    guest.takeUp(NOTHING);
    assertThat(host.rules).hasSize(1);
  }

  @Test
  void moreAddressesThanGoWithTheRulesFollow() {
    LinkedGuest guest = guest(policy(false, List.of("*.wild.example"), List.of()));
    guest.plug(NOTHING);
    for (int i = 0; i < 300; i++) {
      guest.pin(
          DomainName.parse("n%d.wild.example".formatted(i)),
          Set.of(address("198.18.%d.%d".formatted(i / 256, i % 256))),
          Duration.ofMinutes(1));
    }
    host.pins.clear();
    guest.change(policy(false, List.of("*.wild.example", "a.example"), List.of()), NOTHING);
    assertThat(host.last().pinned()).hasSize(256);
    assertThat(host.pins).singleElement().satisfies(all -> assertThat(all).hasSize(300));
  }

  private LinkedGuest guest(NetworkPolicy policy) {
    return new LinkedGuest(
        SandboxId.random(),
        MachineId.random(),
        host,
        new EgressLog(InstantSource.system(), Telemetry.NONE),
        policy);
  }

  private static NetworkPolicy policy(boolean internet, List<String> allow, List<String> deny) {
    return new NetworkPolicy(
        internet, patterns(allow), patterns(deny), List.of(), List.of(), false, false);
  }

  private static List<DomainPattern> patterns(List<String> names) {
    return names.stream().map(DomainPattern::parse).toList();
  }

  private static List<Ipv4Network> networks(String... texts) {
    return List.of(texts).stream().map(Ipv4Network::parse).toList();
  }

  private static Inet4Address address(String text) {
    return Inet4Address.ofLiteral(text);
  }
}
