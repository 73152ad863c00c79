package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.DomainName;
import io.omnirun.model.NetworkPolicy;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OpenedNamesTest {
  private static final DomainName NAME = DomainName.parse("a.example");
  private static final NetworkPolicy POLICY = TestGuest.listed("a.example");
  private static final Inet4Address ONE = Loopback.address("192.0.2.1");
  private static final Inet4Address OTHER = Loopback.address("192.0.2.2");

  private long now;
  private final OpenedNames names = new OpenedNames(() -> now);

  @Test
  void aNameWhoseServersTakeTurnsKeepsEachUntilItsTimeIsOver() {
    names.add(NAME, List.of(ONE), Duration.ofSeconds(60));
    pass(Duration.ofSeconds(40));
    names.add(NAME, List.of(OTHER), Duration.ofSeconds(60));
    assertThat(names.pins(POLICY))
        .isEqualTo(Map.of(ONE, Duration.ofSeconds(20), OTHER, Duration.ofSeconds(60)));
    pass(Duration.ofSeconds(20));
    assertThat(names.pins(POLICY)).containsOnlyKeys(OTHER);
  }

  @Test
  void aShorterTimeTakesNothingBack() {
    names.add(NAME, List.of(ONE), Duration.ofSeconds(60));
    names.add(NAME, List.of(ONE), Duration.ofSeconds(10));
    assertThat(names.pins(POLICY)).containsEntry(ONE, Duration.ofSeconds(60));
  }

  @Test
  void ofTooManyAddressesThoseThatAreClosedFirstGiveWay() {
    names.add(NAME, List.of(ONE), Duration.ofSeconds(60));
    List<Inet4Address> many =
        IntStream.range(0, OpenedNames.MAX_ADDRESSES)
            .mapToObj(i -> Loopback.address("198.18.0." + i))
            .toList();
    names.add(NAME, many, Duration.ofSeconds(61));
    assertThat(names.pins(POLICY)).containsOnlyKeys(many);
  }

  @Test
  void aCopyIsOnItsOwn() {
    names.add(NAME, List.of(ONE), Duration.ofSeconds(60));
    OpenedNames copy = names.copy();
    copy.add(NAME, List.of(OTHER), Duration.ofSeconds(60));
    copy.keep(TestGuest.listed("b.example"));
    assertThat(names.pins(POLICY)).containsOnlyKeys(ONE);
    assertThat(copy.pins(POLICY)).isEmpty();
  }

  @Test
  void namesThatAPolicyDoesNotAllowOpenNothing() {
    names.add(NAME, List.of(ONE), Duration.ofSeconds(60));
    assertThat(names.pins(TestGuest.listed("b.example"))).isEmpty();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
