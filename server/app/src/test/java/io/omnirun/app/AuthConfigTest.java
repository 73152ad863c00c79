package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.signin.SignUpPolicy;
import io.omnirun.mail.SmtpConfig;
import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AuthConfigTest {
  @Test
  void whoeverConfiguresNothingInvitesAndReadsMailsOnTheHost() {
    AuthConfig config = read(Map.of());
    assertThat(config.signUp()).isEqualTo(new SignUpPolicy.InvitedOnly());
    assertThat(config.smtp()).isEmpty();
    assertThat(config.secretFile()).isEmpty();
    assertThat(config.address().url()).hasToString("http://127.0.0.1:8080");
    assertThat(config.address().trustedProxies()).isEmpty();
  }

  @Test
  void everyKeyIsRead() {
    AuthConfig config =
        read(
            Map.of(
                "auth.public-url", "https://omnirun.example.org",
                "auth.sign-up", "domains=Example.org, example.com",
                "auth.secret-file", "/etc/omnirun/auth.secret",
                "http.trusted-proxies", "10.0.0.1, ::1",
                "mail.smtp", "mail.example.org:465",
                "mail.smtp.security", "tls",
                "mail.smtp.user", "omnirun",
                "mail.smtp.password-file", "/etc/omnirun/mail.password",
                "mail.from", "omnirun@example.org"));
    assertThat(config.signUp())
        .isEqualTo(new SignUpPolicy.Domains(Set.of("example.org", "example.com")));
    assertThat(config.address().url()).hasToString("https://omnirun.example.org");
    assertThat(config.address().trustedProxies()).containsExactlyInAnyOrder("10.0.0.1", "::1");
    assertThat(config.secretFile()).contains(Path.of("/etc/omnirun/auth.secret"));
    AuthConfig.Smtp smtp = config.smtp().orElseThrow();
    assertThat(smtp.server().getHostString()).isEqualTo("mail.example.org");
    assertThat(smtp.server().getPort()).isEqualTo(465);
    assertThat(smtp.security()).isEqualTo(SmtpConfig.Security.TLS);
    assertThat(smtp.user()).contains("omnirun");
    assertThat(smtp.passwordFile()).contains(Path.of("/etc/omnirun/mail.password"));
    assertThat(smtp.from()).hasToString("omnirun@example.org");
    assertThat(read(Map.of("auth.sign-up", "anyone")).signUp())
        .isEqualTo(new SignUpPolicy.Anyone());
  }

  @Test
  void whatMakesNoSenseStopsTheServerAndNamesItsKey() {
    assertRefused("auth.public-url", "omnirun.example.org");
    assertRefused("auth.public-url", "https://example.org/omnirun");
    assertRefused("auth.public-url", "https://u:p@example.org");
    assertRefused("auth.public-url", "ftp://example.org");
    assertRefused("auth.sign-up", "everybody");
    assertRefused("auth.sign-up", "domains=");
    assertRefused("auth.secret-file", "relative");
    assertRefused("mail.smtp", "mail.example.org");
  }

  private static void assertRefused(String key, String value) {
    assertThatThrownBy(() -> read(Map.of(key, value)))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining(key);
  }

  private static AuthConfig read(Map<String, String> values) {
    return AuthConfig.of(new ConfigValues(values));
  }
}
