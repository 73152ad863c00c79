package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.api.Test;

class CookiesTest {
  @Test
  void ourCookiesAreTakenOutAndOthersStay() {
    assertThat(Cookies.withoutOurs("a=1; omnirun_preview=t; b=\"x\"")).contains("a=1; b=\"x\"");
    assertThat(Cookies.withoutOurs("omnirun_preview=t;omnirun_session=s")).isEmpty();
    assertThat(Cookies.withoutOurs("a=1;;  b")).contains("a=1;;  b");
  }

  @Test
  void aGuestsCookieIsForItsOwnHost() {
    assertThat(Cookies.hostOnly("a=b; Path=/; DOMAIN = .example ;Secure; domain"))
        .contains("a=b; Path=/;Secure");
    assertThat(Cookies.hostOnly("omnirun_preview=x")).isEmpty();
    assertThat(Cookies.hostOnly("__Host-omnirun_preview=x")).isEmpty();
    assertThat(Cookies.hostOnly(" omnirun_session = x")).isEmpty();
    assertThat(Cookies.hostOnly("__Host-omnirun_session=x")).isEmpty();
  }

  @FuzzTest(maxDuration = "10s")
  void whateverItSaysNoDomainIsLeft(FuzzedDataProvider data) {
    String setCookie = data.consumeRemainingAsString();
    Cookies.hostOnly(setCookie)
        .ifPresent(
            kept ->
                assertThat(kept.substring(Math.max(0, kept.indexOf(';'))))
                    .doesNotContainPattern("(?i);\\s*domain\\s*="));
  }
}
