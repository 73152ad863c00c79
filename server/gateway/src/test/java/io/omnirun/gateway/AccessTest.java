package io.omnirun.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.model.ErrorCode;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccessTest {
  private static final String TOKEN = "tok_en-1";
  private static final String COOKIE = "Cookie: omnirun_preview=" + TOKEN + "\r\n";
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.directory.gate(fixture.name, TOKEN);
  }

  @AfterEach
  void stop() throws IOException {
    fixture.close();
  }

  private String ask(String path, String headers) throws IOException {
    try (RawClient client = fixture.client()) {
      return client.send(fixture.get(path, headers)).readUntil("\r\n\r\n");
    }
  }

  @Test
  void withoutATokenOrWithAWrongOneNothingReachesTheGuest() throws IOException {
    assertThat(ask("/", "")).contains(" 403 ");
    assertThat(ask("/?token=x", "")).contains(" 403 ");
    assertThat(ask("/?token=" + TOKEN + "&token=x".repeat(4), "")).contains(" 403 ");
    assertThat(ask("/", "e2b-traffic-access-token: x\r\n")).contains(" 403 ");
    assertThat(ask("/", "Cookie: omnirun_preview=x\r\n")).contains(" 403 ");
    assertThat(ask("/", "Cookie: other=" + TOKEN + "\r\n")).contains(" 403 ");
    assertThat(fixture.guest.requests()).isZero();
  }

  @Test
  void theHeaderOpensAndIsNotPassedOn() throws IOException {
    assertThat(ask("/?token=own", "E2B-Traffic-Access-Token: " + TOKEN + "\r\n")).contains(" 200 ");
    assertThat(fixture.guest.nextHead())
        .startsWith("GET /?token=own HTTP/1.1")
        .contains("X-Omnirun-Exposure-Id: exp_")
        .doesNotContain(TOKEN);
  }

  @Test
  void aBrowserThatNavigatesGetsTheCookieAndTheUrlWithoutTheToken() throws IOException {
    assertThat(ask("//evil.example/a?b=1&token=" + TOKEN + "&c=2", "Accept: text/html\r\n"))
        .startsWith("HTTP/1.1 303 ")
        .contains("Location: http://" + fixture.host() + "//evil.example/a?b=1&c=2\r\n")
        .contains("Set-Cookie: omnirun_preview=" + TOKEN + "; Path=/; HttpOnly; SameSite=Lax\r\n");
    assertThat(fixture.guest.requests()).isZero();
    assertThat(ask("/a", COOKIE)).contains(" 200 ");
    assertThat(fixture.guest.nextHead()).doesNotContain(TOKEN, "Cookie");
  }

  @Test
  void aPagesOwnTokenStaysAndDoesNotStandInTheWayOfOurs() throws IOException {
    String query = "?token=own&token=" + TOKEN + "&token=";
    assertThat(ask("/a" + query, "Accept: text/html\r\n"))
        .startsWith("HTTP/1.1 303 ")
        .contains("/a?token=own&token=\r\n")
        .contains("Set-Cookie: omnirun_preview=" + TOKEN + ";");
    assertThat(ask("/a" + query, "Accept: */*\r\n")).contains(" 200 ");
    assertThat(fixture.guest.nextHead()).startsWith("GET /a?token=own&token= HTTP/1.1\r\n");
  }

  @Test
  void aTokenInTheUrlOrTheRefererIsNotPassedOnWhateverElseOpens() throws IOException {
    String referer = "Referer: http://" + fixture.host() + "/p?a=1&token=" + TOKEN + "&token=own";
    String header = "E2B-Traffic-Access-Token: " + TOKEN + "\r\n";
    assertThat(ask("/?token=own&token=" + TOKEN, header + referer + "\r\n")).contains(" 200 ");
    assertThat(fixture.guest.nextHead())
        .startsWith("GET /?token=own HTTP/1.1")
        .contains("Referer: http://" + fixture.host() + "/p?a=1&token=own\r\n")
        .doesNotContain(TOKEN);
    assertThat(ask("/?token=" + TOKEN, COOKIE)).contains(" 200 ");
    assertThat(fixture.guest.nextHead()).startsWith("GET / HTTP/1.1").doesNotContain(TOKEN);
  }

  @Test
  void whatIsOpenEndsWithItsExposure() throws IOException {
    fixture.guest.behave(
        visit -> {
          visit.readHead();
          if (fixture.guest.connections() == 1) {
            visit.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello");
          }
          visit.awaitEnd();
        });
    String header = "E2B-Traffic-Access-Token: " + TOKEN + "\r\n";
    try (RawClient begun = fixture.client();
        RawClient waiting = fixture.client()) {
      begun.send(fixture.get("/", header)).readUntil("hello");
      waiting.send(fixture.get("/", header));
      await().until(() -> fixture.guest.requests() == 2);
      fixture.directory.refuse(fixture.name, ErrorCode.PREVIEW_NOT_FOUND);
      assertThat(begun.isClosed()).isTrue();
      assertThat(waiting.readAnswer()).startsWith("HTTP/1.1 404 ");
    }
    await().until(() -> fixture.directory.uses() == 0);
  }

  @Test
  void aProgramThatHasTheUrlIsLetInAtOnce() throws IOException {
    assertThat(ask("/a?token=" + TOKEN, "Accept: */*\r\n")).contains(" 200 ");
    assertThat(fixture.guest.nextHead()).startsWith("GET /a HTTP/1.1").doesNotContain(TOKEN);
  }

  @Test
  void falseCookiesBeforeTheRightOneDoNotLockOut() throws IOException {
    String many = "omnirun_preview=false; ".repeat(180);
    assertThat(ask("/", "Cookie: " + many + "omnirun_preview=" + TOKEN + "\r\n")).contains(" 200 ");
  }

  @Test
  void underTlsTheCookieIsOneThatOtherHostsCannotSet() throws IOException {
    fixture.close();
    fixture = new GatewayFixture(GatewaySettings.of("localhost", true));
    fixture.directory.gate(fixture.name, TOKEN);
    assertThat(ask("/?token=" + TOKEN, "Accept: text/html\r\n"))
        .contains(
            "Set-Cookie: __Host-omnirun_preview="
                + TOKEN
                + "; Path=/; HttpOnly; SameSite=Lax; Secure\r\n");
    assertThat(ask("/", COOKIE)).contains(" 403 ");
    assertThat(ask("/", COOKIE.replace("omnirun", "__Host-omnirun"))).contains(" 200 ");
    assertThat(fixture.guest.nextHead()).doesNotContain(TOKEN);
  }

  @Test
  void theCookieDoesNotCountForOtherPages() throws IOException {
    String other = "Origin: http://other.localhost\r\n";
    assertThat(ask("/", COOKIE + other)).contains(" 403 ");
    assertThat(ask("/", COOKIE + "Origin: null\r\n")).contains(" 403 ");
    assertThat(ask("/", COOKIE + "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n"))
        .contains(" 403 ");
    assertThat(ask("/", COOKIE + "Origin: http://" + fixture.host() + "\r\n")).contains(" 200 ");
    assertThat(ask("/", COOKIE + "Sec-Fetch-Site: same-origin\r\n")).contains(" 200 ");
    assertThat(ask("/", COOKIE + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"))
        .contains(" 200 ");
  }
}
