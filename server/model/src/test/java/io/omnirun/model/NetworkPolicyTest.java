package io.omnirun.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.NetworkPolicy.Mode;
import io.omnirun.model.NetworkPolicy.Verdict;
import java.net.Inet4Address;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkPolicyTest {
  private static final String[] NONE = {};

  /** The words of a case are what is set: the precedence of the docstring, row by row. */
  @ParameterizedTest
  @CsvSource({
    "'', AIR_GAP",
    "denyDomains denyIPs, AIR_GAP",
    "internet, OPEN",
    "internet denyDomains denyIPs, OPEN",
    "allowDomains, LISTED",
    "allowIPs, LISTED",
    "internet allowIPs, LISTED",
    "internet allowDomains denyDomains, LISTED",
    "sniProxy allowDomains, PROXIED",
    "internet sniProxy allowDomains denyDomains allowIPs denyIPs, PROXIED",
    "sniProxy sniProxyLogOnly allowDomains, PROXIED_LOG_ONLY",
  })
  void theModeComesFromWhatIsSet(String set, Mode mode) {
    assertThat(policy(set).mode()).isEqualTo(mode);
  }

  /** Allowed are {@code *.example.com}, denied {@code *.bad.example.com}. */
  @ParameterizedTest
  @CsvSource({
    "denyDomains, a.example.com, UNLISTED",
    "internet denyDomains, a.example.com, ALLOWED",
    "internet denyDomains, example.org, ALLOWED",
    "internet denyDomains, a.bad.example.com, DENIED",
    "internet allowIPs, a.example.com, UNLISTED",
    "internet allowIPs denyDomains, a.bad.example.com, DENIED",
    "allowDomains, a.example.com, ALLOWED",
    "allowDomains, example.org, UNLISTED",
    "allowDomains denyDomains, a.example.com, ALLOWED",
    "allowDomains denyDomains, a.bad.example.com, DENIED",
    "internet allowDomains, example.org, UNLISTED",
    "sniProxy allowDomains, a.example.com, ALLOWED",
    "sniProxy allowDomains, example.org, UNLISTED",
    "sniProxy allowDomains denyDomains, a.bad.example.com, ALLOWED",
    "sniProxy sniProxyLogOnly allowDomains, a.example.com, ALLOWED",
    "sniProxy sniProxyLogOnly allowDomains, example.org, LOGGED",
  })
  void deniedNamesGoBeforeAllowedOnes(String set, String name, Verdict verdict) {
    assertThat(policy(set).verdict(new DomainName(name))).isEqualTo(verdict);
  }

  /** Allowed are {@code 8.0.0.0/8}, denied {@code 8.8.0.0/16}. */
  @ParameterizedTest
  @CsvSource({
    "denyIPs, 8.1.1.1, UNLISTED",
    "internet denyIPs, 9.9.9.9, ALLOWED",
    "internet denyIPs, 8.8.8.8, DENIED",
    "internet allowIPs, 8.1.1.1, ALLOWED",
    "internet allowIPs, 9.9.9.9, UNLISTED",
    "allowIPs denyIPs, 8.8.8.8, DENIED",
    "allowIPs denyIPs, 8.1.1.1, ALLOWED",
    "internet allowDomains, 8.1.1.1, UNLISTED",
    "sniProxy allowDomains allowIPs, 8.1.1.1, UNLISTED",
    "sniProxy sniProxyLogOnly allowDomains allowIPs, 8.1.1.1, UNLISTED",
  })
  void deniedAddressesGoBeforeAllowedOnes(String set, String address, Verdict verdict) {
    assertThat(policy(set).verdict((Inet4Address) Inet4Address.ofLiteral(address)))
        .isEqualTo(verdict);
  }

  @Test
  void theProxyNeedsNames() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> policy("sniProxy"))
        .withMessageContaining("allowDomains")
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> policy("sniProxyLogOnly allowDomains"))
        .withMessageContaining("sniProxy");
  }

  @Test
  void eachListIsBounded() {
    List<Ipv4Network> most =
        Collections.nCopies(NetworkPolicy.MAX_ENTRIES, Ipv4Network.parse("8.8.8.8"));
    assertThat(denying(most).denyIps()).hasSize(NetworkPolicy.MAX_ENTRIES);
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> denying(Collections.nCopies(10_000, most.getFirst())))
        .withMessage("denyIPs has 10,000 entries; 1,000 are the most");
  }

  private static NetworkPolicy denying(List<Ipv4Network> networks) {
    return new NetworkPolicy(true, List.of(), List.of(), List.of(), networks, false, false);
  }

  private static NetworkPolicy policy(String set) {
    List<String> words = List.of(set.isEmpty() ? NONE : set.split(" "));
    return new NetworkPolicy(
        words.contains("internet"),
        words.contains("allowDomains") ? List.of(DomainPattern.parse("*.example.com")) : List.of(),
        words.contains("denyDomains")
            ? List.of(DomainPattern.parse("*.bad.example.com"))
            : List.of(),
        words.contains("allowIPs") ? List.of(Ipv4Network.parse("8.0.0.0/8")) : List.of(),
        words.contains("denyIPs") ? List.of(Ipv4Network.parse("8.8.0.0/16")) : List.of(),
        words.contains("sniProxy"),
        words.contains("sniProxyLogOnly"));
  }
}
