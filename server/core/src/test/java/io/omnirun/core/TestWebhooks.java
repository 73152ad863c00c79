package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.WebhookId;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where webhooks may lead, and how their secrets are kept. */
class TestWebhooks {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::a00:1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void addressesThatAreNotPublicAreRefused(String address) throws Exception {
    assertThat(PublicAddresses.isPublic(InetAddress.ofLiteral(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "128.0.0.1",
        "169.253.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.169.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "2606:4700::1111",
        "2001:4860::8888",
        "2a00::1"
      })
  void publicAddressesAreTaken(String address) throws Exception {
    assertThat(PublicAddresses.isPublic(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "/path",
        "//host/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://user@a.example/",
        "http://a:b@a.example/",
        "http://a.example/#part",
        "http://a.example:0/",
        "http://a.example:65536/",
        "http://a b/",
        "http://a.example/ü",
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "https://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "javascript:alert(1)",
        "http://a_b/"
      })
  void urlsThatLeadNowhereOrInsideAreRefused(String url) {
    assertThatThrownBy(() -> WebhookUrl.check(url, false))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example",
        "https://a.example:8443/path?query=1%20",
        "HTTPS://1.1.1.1/",
        "https://[2606:4700::1111]/"
      })
  void urlsOfThePublicInternetAreTaken(String url) {
    assertThatCode(() -> WebhookUrl.check(url, false)).doesNotThrowAnyException();
  }

  @Test
  void longUrlsAreRefusedAndPrivateOnesTakenWhereTheyMay() {
    String path = "a".repeat(WebhookUrl.MAX_LENGTH);
    assertThatThrownBy(() -> WebhookUrl.check("http://a.example/" + path, true))
        .hasMessageContaining("2,048");
    assertThatCode(() -> WebhookUrl.check("http://127.0.0.1:1/", true)).doesNotThrowAnyException();
  }

  @Test
  void sealedSecretIsReadForItsOwnWebhookByItsOwnNodeAlone() {
    WebhookSecrets secrets = new WebhookSecrets(new byte[32]);
    AccountId account = AccountId.random();
    WebhookId webhook = WebhookId.random();
    String secret = secrets.random();
    String sealed = secrets.seal(account, webhook, secret);

    assertThat(secret).matches("whsec_[A-Za-z0-9_-]{43}").isNotEqualTo(secrets.random());
    assertThat(sealed).doesNotContain(secret);
    assertThat(secrets.seal(account, webhook, secret)).isNotEqualTo(sealed);
    assertThat(new WebhookSecrets(new byte[32]).open(account, webhook, sealed)).isEqualTo(secret);
    byte[] other = new byte[32];
    other[0] = 1;
    assertUnreadable(() -> new WebhookSecrets(other).open(account, webhook, sealed));
    assertUnreadable(() -> secrets.open(AccountId.random(), webhook, sealed));
    assertUnreadable(() -> secrets.open(account, WebhookId.random(), sealed));
    assertUnreadable(() -> secrets.open(account, webhook, "AAAA"));
    assertUnreadable(() -> secrets.open(account, webhook, "?"));
  }

  private static void assertUnreadable(Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("make the webhook anew");
  }
}
