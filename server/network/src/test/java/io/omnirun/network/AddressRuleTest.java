package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Ipv4Network;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRuleTest {
  private static final Path ROUTER_RULES = Path.of("../../launcher/internal/router/rules.nft");
  private static final AddressRule RULE = new AddressRule(List.of(), address -> false);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255",
        "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.19.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "255.255.255.255"
      })
  void namesLeadToNoAddressOfAHostOrItsNeighbours(String address) {
    assertThat(RULE.test(address(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1.1.1", "9.9.9.9", "100.128.0.1", "172.32.0.1", "223.255.255.255"})
  void publicAddressesAreReached(String address) {
    assertThat(RULE.test(address(address))).isTrue();
  }

  @Test
  void theRouterHasTheSameRule() throws IOException {
    Matcher never =
        Pattern.compile("set never \\{.*?elements = \\{([^}]*)}", Pattern.DOTALL)
            .matcher(Files.readString(ROUTER_RULES));
    assertThat(never.find()).isTrue();
    List<Ipv4Network> networks =
        Pattern.compile(",")
            .splitAsStream(never.group(1))
            .map(String::strip)
            .map(Ipv4Network::parse)
            .toList();
    assertThat(AddressRule.NEVER).containsExactlyElementsOf(networks);
  }

  @Test
  void theHostsOwnAddressesAreNotReachedAndExceptionsAre() throws IOException {
    AddressRule own = new AddressRule(List.of(), address("9.9.9.9")::equals);
    assertThat(own.test(address("9.9.9.9"))).isFalse();
    AddressRule excepting =
        new AddressRule(List.of(Ipv4Network.parse("10.1.0.0/16")), new HostAddresses());
    assertThat(excepting.test(address("10.1.2.3"))).isTrue();
    assertThat(excepting.test(address("10.2.2.3"))).isFalse();
    assertThat(new HostAddresses().test(address("127.0.0.1"))).isTrue();
    assertThat(new HostAddresses().test(address("9.9.9.9"))).isFalse();
  }

  private static Inet4Address address(String text) {
    return (Inet4Address) Inet4Address.ofLiteral(text);
  }
}
