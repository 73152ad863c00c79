package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.omnirun.core.FileLinks.Grant;
import io.omnirun.core.FileLinks.Purpose;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestFileLinks {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final byte[] SECRET = new byte[32];
  private static final Grant GRANT =
      new Grant(
          AccountId.random(), SandboxId.random(), Purpose.DOWNLOAD, "/tmp/é".repeat(500), "root");

  private static FileLinks at(Instant instant, byte[] secret) {
    return new FileLinks(secret, Clock.fixed(instant, ZoneOffset.UTC));
  }

  private final FileLinks links = at(NOW, SECRET);

  private static void assertRefused(
      ErrorCode code, FileLinks links, String token, Purpose purpose) {
    assertThatThrownBy(() -> links.verify(token, purpose))
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(code);
  }

  @Test
  void tokenSaysWhatWasSigned() {
    String token = links.sign(GRANT, Duration.ofSeconds(60));
    assertThat(token).matches("[A-Za-z0-9_-]+");
    assertThat(links.verify(token, Purpose.DOWNLOAD)).isEqualTo(GRANT);
    assertThat(at(NOW, SECRET).verify(token, Purpose.DOWNLOAD)).isEqualTo(GRANT);
  }

  @Test
  void tokenEndsWithItsTime() {
    String token = links.sign(GRANT, Duration.ofSeconds(60));
    assertThat(at(NOW.plusMillis(59_999), SECRET).verify(token, Purpose.DOWNLOAD)).isNotNull();
    assertRefused(
        ErrorCode.SIGNED_URL_EXPIRED, at(NOW.plusSeconds(60), SECRET), token, Purpose.DOWNLOAD);
  }

  @Test
  void tokenServesOnePurpose() {
    String token = links.sign(GRANT, Duration.ofSeconds(60));
    assertRefused(ErrorCode.SIGNED_URL_INVALID, links, token, Purpose.UPLOAD);
  }

  @Test
  void anotherNodesTokenIsNone() {
    byte[] otherSecret = new byte[32];
    otherSecret[31] = 1;
    String token = at(NOW, otherSecret).sign(GRANT, Duration.ofSeconds(60));
    assertRefused(ErrorCode.SIGNED_URL_INVALID, links, token, Purpose.DOWNLOAD);
  }

  @Test
  void noByteOfATokenCanBeChanged() {
    byte[] token = Base64.getUrlDecoder().decode(links.sign(GRANT, Duration.ofSeconds(60)));
    for (int i = 0; i < 150; i++) {
      byte[] changed = token.clone();
      changed[i] ^= 1;
      assertRefused(
          ErrorCode.SIGNED_URL_INVALID,
          links,
          Base64.getUrlEncoder().withoutPadding().encodeToString(changed),
          Purpose.DOWNLOAD);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "$$$", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void textThatIsNoTokenIsRefused(String token) {
    assertRefused(ErrorCode.SIGNED_URL_INVALID, links, token, Purpose.DOWNLOAD);
    assertRefused(ErrorCode.SIGNED_URL_INVALID, links, "A".repeat(100_000), Purpose.DOWNLOAD);
  }
}
