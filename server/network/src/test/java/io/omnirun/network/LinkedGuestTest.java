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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinkedGuestTest {
  private static final NameAddresses NOTHING =
      new NameAddresses(List.of(), List.of(), Duration.ofMinutes(1), true);
  private static final DomainName LISTED = DomainName.parse("a.example");
  private static final DomainName BELOW = DomainName.parse("x.wild.example");

  private final Host host = new Host();

  /** Remembers what it is told. */
  private static final class Host implements HostLinks {
    final List<Rules> rules = new ArrayList<>();
    final List<Map<Inet4Address, Duration>> pins = new ArrayList<>();
    boolean plugged = true;
    boolean refuses;
    boolean refusesPins;

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
      if (refusesPins) {
        throw new OmniRunException(ErrorCode.LAUNCHER_UNAVAILABLE, "as told");
      }
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
                List.of(allowed(LISTED, "192.0.2.1")),
                List.of(denied("192.0.2.9")),
                Duration.ofMinutes(1),
                true));
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
    guest.plug(deniedOnly("192.0.2.9"));
    host.refuses = true;
    NetworkPolicy wanted = policy(false, List.of("a.example"), List.of());
    assertThatThrownBy(() -> guest.change(wanted, NOTHING)).isInstanceOf(OmniRunException.class);
    assertThat(guest.policy()).isEqualTo(former);
    host.refuses = false;
    guest.refresh(former, deniedOnly("192.0.2.8"));
    assertThat(host.last().denied())
        .containsExactlyInAnyOrder(Ipv4Network.parse("192.0.2.9"), Ipv4Network.parse("192.0.2.8"));
  }

  @Test
  void namesOfAPolicyThatTheHostRefusedAreNotOpenedAndThoseOfTheFormerStayOpen() {
    NetworkPolicy former = policy(false, List.of("a.example"), List.of());
    LinkedGuest guest = guest(former);
    guest.plug(NOTHING);
    guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(1));
    host.refuses = true;
    NameAddresses ofWanted =
        new NameAddresses(
            List.of(allowed(BELOW, "192.0.2.2")), List.of(), Duration.ofMinutes(1), true);
    assertThatThrownBy(
            () -> guest.change(policy(false, List.of("x.wild.example"), List.of()), ofWanted))
        .isInstanceOf(OmniRunException.class);
    assertThat(guest.policy()).isEqualTo(former);
    host.refuses = false;
    assertThat(guest.isWhole()).as("the host may have obeyed").isFalse();
    guest.refresh(former, NOTHING);
    assertThat(host.last().pinned()).containsOnlyKeys(address("192.0.2.1"));
    assertThat(guest.isWhole()).isTrue();
    guest.change(policy(false, List.of("*.wild.example", "a.example"), List.of()), NOTHING);
    assertThat(host.last().pinned()).containsOnlyKeys(address("192.0.2.1"));
  }

  @Test
  void rulesAreInForceThoughTheRestOfTheAddressesIsRefusedAndThatFollows() {
    LinkedGuest guest = guest(policy(false, List.of("*.wild.example"), List.of()));
    guest.plug(NOTHING);
    pinMany(guest);
    host.refusesPins = true;
    NetworkPolicy wanted = policy(false, List.of("*.wild.example", "a.example"), List.of());
    guest.change(wanted, NOTHING);
    assertThat(guest.policy()).isEqualTo(wanted);
    assertThat(guest.isWhole()).isFalse();
    host.refusesPins = false;
    host.pins.clear();
    guest.refresh(wanted, NOTHING);
    assertThat(guest.isWhole()).isTrue();
    assertThat(host.pins).singleElement().satisfies(all -> assertThat(all).hasSize(300));
  }

  @Test
  void aDeniedNamesAddressesAreThoseOfItsLastTwoLookups() {
    NetworkPolicy policy = policy(true, List.of(), List.of("b.example"));
    LinkedGuest guest = guest(policy);
    guest.plug(deniedOnly("192.0.2.9"));
    guest.refresh(policy, deniedOnly("192.0.2.8"));
    guest.refresh(policy, NOTHING);
    assertThat(host.last().denied()).as("a lookup that failed says nothing").hasSize(2);
    guest.refresh(policy, deniedOnly("192.0.2.7"));
    assertThat(host.last().denied())
        .containsExactlyInAnyOrder(Ipv4Network.parse("192.0.2.8"), Ipv4Network.parse("192.0.2.7"));
    guest.change(policy(true, List.of(), List.of("*.b.example")), NOTHING);
    assertThat(host.last().denied()).isEmpty();
  }

  @Test
  void deniedAddressesAreNoMoreThanTheLauncherTakes() {
    String[] many = new String[DeniedAddresses.MAX + 10];
    Arrays.setAll(many, i -> "198.18.%d.%d".formatted(i / 256, i % 256));
    guest(policy(true, List.of(), List.of("b.example"))).plug(deniedOnly(many));
    assertThat(host.last().denied()).hasSize(DeniedAddresses.MAX);
  }

  @Test
  void anAddressThatIsOpenForLongIsNotOpenedAgain() {
    LinkedGuest guest = guest(policy(false, List.of("a.example"), List.of()));
    guest.plug(NOTHING);
    guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(60));
    guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(60));
    assertThat(host.pins).hasSize(1);
    guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(180));
    guest.pin(LISTED, Set.of(address("192.0.2.2")), Duration.ofMinutes(60));
    assertThat(host.pins).hasSize(3);
  }

  @Test
  void anAddressThatCouldNotBeOpenedIsTriedAgain() {
    LinkedGuest guest = guest(policy(false, List.of("a.example"), List.of()));
    guest.plug(NOTHING);
    host.refusesPins = true;
    assertThatThrownBy(() -> guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(1)))
        .isInstanceOf(OmniRunException.class);
    host.refusesPins = false;
    guest.pin(LISTED, Set.of(address("192.0.2.1")), Duration.ofMinutes(1));
    assertThat(host.pins).hasSize(1);
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
    pinMany(guest);
    host.pins.clear();
    guest.change(policy(false, List.of("*.wild.example", "a.example"), List.of()), NOTHING);
    assertThat(host.last().pinned()).hasSize(256);
    assertThat(host.pins).singleElement().satisfies(all -> assertThat(all).hasSize(300));
  }

  /** More than go with the rules. */
  private static void pinMany(LinkedGuest guest) {
    for (int i = 0; i < 300; i++) {
      guest.pin(
          DomainName.parse("n%d.wild.example".formatted(i)),
          Set.of(address("198.18.%d.%d".formatted(i / 256, i % 256))),
          Duration.ofMinutes(1));
    }
  }

  private static NameAddresses deniedOnly(String... addresses) {
    return new NameAddresses(List.of(), List.of(denied(addresses)), Duration.ofMinutes(1), true);
  }

  private static NameAddresses.Allowed allowed(DomainName name, String address) {
    return new NameAddresses.Allowed(name, List.of(address(address)), Duration.ofMinutes(1));
  }

  private static NameAddresses.Denied denied(String... addresses) {
    return new NameAddresses.Denied(
        DomainName.parse("b.example"), Stream.of(addresses).map(Inet4Address::ofLiteral).toList());
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
