package io.omnirun.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.Inet4Address;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv4NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "192.0.2.1/32, 192.0.2.1",
    "192.0.2.0/24, 192.0.2.0/24",
    "0.0.0.0/0, 0.0.0.0/0",
    "128.0.0.0/1, 128.0.0.0/1",
    "255.255.255.255, 255.255.255.255",
  })
  void networksAreShownInTheirShortestForm(String text, String form) {
    assertThat(Ipv4Network.parse(text)).hasToString(form);
    assertThat(Ipv4Network.parse(form)).isEqualTo(Ipv4Network.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4/33",
        "1.2.3.4/",
        "1.2.3.4/-1",
        "1.2.3.4/024",
        "1.2.3.4/24/1",
        " 1.2.3.4",
        "1.2.3.4\n",
        "a.b.c.d",
        "1.2.3.4-1.2.3.9",
        "١.2.3.4"
      })
  void whatIsNoNetworkIsRefused(String text) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> Ipv4Network.parse(text))
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .withMessageContaining("no IPv4 address or network");
  }

  @Test
  void bitsBehindThePrefixAreRefusedWithTheNetworkThatIsMeant() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> Ipv4Network.parse("203.0.113.77/20"))
        .withMessageContaining("203.0.112.0/20");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "2001:db8::/32", "::ffff:1.2.3.4"})
  void ofIpv6IsSaidThatGuestsHaveNone(String text) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> Ipv4Network.parse(text))
        .withMessageContaining("IPv4 only");
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0, 255.1.2.3, true",
    "192.0.2.0/24, 192.0.2.255, true",
    "192.0.2.0/24, 192.0.3.0, false",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "128.0.0.0/1, 200.0.0.1, true",
  })
  void addressesWithTheSamePrefixAreInIt(String network, String address, boolean contained) {
    assertThat(Ipv4Network.parse(network).contains((Inet4Address) Inet4Address.ofLiteral(address)))
        .isEqualTo(contained);
  }
}
