package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuestLinksTest {
  private static final Inet4Address GUEST = Loopback.address("100.64.0.2");
  private static final NetworkPolicy OPEN = TestGuest.open();

  private final GuestTable guests = new GuestTable();
  private final NameResolver names =
      name -> new NameResolver.Resolution(List.of(), Duration.ofMinutes(1));
  private final ExactNames exact = new ExactNames(names, address -> true);
  private final NameRefresh refresh = new NameRefresh(guests, exact);
  private final SniProxy proxy =
      new SniProxy(guests, names, address -> true, ProxyLimits.DEFAULT, ProxyMeter.NONE);
  private final GuestLinks links =
      new GuestLinks(
          new Willing(),
          Loopback.address("192.0.2.53"),
          guests,
          exact,
          refresh,
          proxy,
          InstantSource.system(),
          Telemetry.NONE);

  @AfterEach
  void close() {
    refresh.close();
    proxy.close();
  }

  @Test
  void aSandboxWhoseLinkIsNotTakenUpYetCannotBeChanged() {
    SandboxId sandbox = SandboxId.random();
    assertThatThrownBy(() -> links.change(sandbox, OPEN))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NETWORK_UNAVAILABLE));
    links.rejoin(sandbox, MachineId.random(), OPEN);
    links.change(sandbox, TestGuest.listed("a.example"));
    assertThat(guests.at(GUEST).orElseThrow().policy()).isEqualTo(TestGuest.listed("a.example"));
  }

  /** Has a link for each. */
  static final class Willing implements HostLinks {
    @Override
    public Optional<Services> services() {
      return Optional.empty();
    }

    @Override
    public String problem() {
      return "";
    }

    @Override
    public Link plug(MachineId machine, Rules rules) {
      return new Link(GUEST, 30, Loopback.address("100.64.0.1"));
    }

    @Override
    public Optional<Link> change(MachineId machine, Rules rules) {
      return Optional.of(plug(machine, rules));
    }

    @Override
    public Optional<Link> keep(MachineId machine, Rules rules) {
      return change(machine, rules);
    }

    @Override
    public void pin(MachineId machine, Map<Inet4Address, Duration> pins) {
      throw new AssertionError("nothing is to be opened");
    }

    @Override
    public void follow(FlowListener listener) {
      throw new AssertionError("a guest follows flows");
    }
  }
}
