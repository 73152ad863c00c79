package io.omnirun.rest;

import static io.omnirun.rest.SignInTest.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.core.signin.SignIn;
import io.omnirun.core.signin.SignUpPolicy;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Signing in by a link, the session that this gives, and what attackers try with both. */
class SessionsTest {
  private final RestServer server = new RestServer(new SignUpPolicy.Anyone());
  private final SigningIn ada = new SigningIn(server);

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void toLookAtALinkUsesNothingUp() throws Exception {
    String link = SigningIn.link(ada.mail());
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> page = server.send(server.requestWithoutKey("/auth/link?t=" + link));
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains(ada.email).contains("<button>");
      assertThat(page.headers().firstValue("Set-Cookie")).isEmpty();
      assertHarmless(page);
    }
    assertThat(ada.follow(link).statusCode()).isEqualTo(200);
  }

  @Test
  void aNetworkMayLookAtLinksThreeHundredTimesAnHourAndPressTheButtonStill() throws Exception {
    String link = SigningIn.link(ada.mail());
    for (int i = 0; i < 300; i++) {
      server.send(server.requestWithoutKey("/auth/link?t=" + "x".repeat(43)));
    }
    HttpResponse<String> page = server.send(server.requestWithoutKey("/auth/link?t=" + link));
    assertThat(page.statusCode()).isEqualTo(429);
    assertThat(page.headers().firstValue("Retry-After")).hasValue("3600");
    assertHarmless(page);
    assertThat(ada.follow(link).statusCode()).isEqualTo(200);
  }

  @Test
  void aNetworkIsLockedAfterFiftyWrongLinksAndNotByRightOnes() throws Exception {
    assertThat(ada.follow(SigningIn.link(ada.mail())).statusCode()).isEqualTo(200);
    String link = SigningIn.link(ada.mail());
    for (int i = 0; i < 50; i++) {
      assertThat(ada.follow("x".repeat(43)).statusCode()).isEqualTo(401);
    }
    assertThat(ada.follow(link).statusCode()).isEqualTo(429);
    server.clock.move(SignIn.LIMITS_WINDOW);
    assertThat(ada.follow(SigningIn.link(ada.mail())).statusCode()).isEqualTo(200);
  }

  private static void assertHarmless(HttpResponse<String> page) {
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'")
        .contains("frame-ancestors 'none'");
    assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("same-origin");
    assertThat(page.headers().firstValue("Cache-Control")).hasValue("no-store");
    assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
  }

  @Test
  void theButtonGivesASessionThatNoScriptReadsAndNoOtherHostSets() throws Exception {
    HttpResponse<String> answer = ada.follow(SigningIn.link(ada.mail()));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Set-Cookie").orElse(""))
        .matches(
            "__Host-omnirun_session=oms_[A-Za-z0-9_-]{43}; Path=/; Max-Age=604800; HttpOnly;"
                + " SameSite=Lax; Secure");
    assertThat(me(SigningIn.cookie(answer)).statusCode()).isEqualTo(200);
  }

  @Test
  void aLinkIsGoodOnceAndItsCodeWithIt() throws Exception {
    Mail mail = ada.mail();
    assertThat(ada.follow(SigningIn.link(mail)).statusCode()).isEqualTo(200);
    HttpResponse<String> again = ada.follow(SigningIn.link(mail));
    assertThat(again.statusCode()).isEqualTo(401);
    assertThat(again.headers().firstValue("Set-Cookie")).isEmpty();
    assertHarmless(again);
    assertCode(ada.verify(SigningIn.code(mail)), 401, "code_invalid");
  }

  @Test
  void aLinkIsGoodForTenMinutes() throws Exception {
    String link = SigningIn.link(ada.mail());
    server.clock.move(SignIn.CODE_LIFE);
    assertThat(ada.follow(link).statusCode()).isEqualTo(401);
    assertThat(server.send(server.requestWithoutKey("/auth/link?t=" + link)).statusCode())
        .isEqualTo(401);
  }

  @Test
  void whatIsNoLinkIsAPageThatSaysSoAndShowsNothingAsItIs() throws Exception {
    for (String query : List.of("", "?t=", "?t=%3Cscript%3E", "?t=" + "x".repeat(200))) {
      HttpResponse<String> page = server.send(server.requestWithoutKey("/auth/link" + query));
      assertThat(page.statusCode()).isBetween(400, 401);
      assertThat(page.body()).doesNotContain("<script");
    }
  }

  @Test
  void aSessionThatWasPlantedBeforeIsNotTheOneAfterwards() throws Exception {
    String planted = "__Host-omnirun_session=oms_" + "x".repeat(43);
    String link = SigningIn.link(ada.mail());
    HttpResponse<String> answer =
        server.send(
            ada.form("/auth/link", "t", link)
                .header("Sec-Fetch-Site", "same-origin")
                .header("Cookie", planted));
    assertThat(SigningIn.cookie(answer)).isNotEqualTo(planted);
    assertCode(me(planted), 401, "unauthorized");
    String second = ada.session();
    assertThat(second).isNotEqualTo(SigningIn.cookie(answer));
  }

  @Test
  void twoSessionsInOneRequestAreNone() throws Exception {
    assertCode(me(ada.session() + "; " + ada.session()), 401, "unauthorized");
  }

  @Test
  void anotherSitesPageDoesNothingInASignedInBrowser() throws Exception {
    String cookie = ada.session();
    for (Map<String, String> from :
        List.of(
            Map.of("Sec-Fetch-Site", "cross-site"),
            Map.of("Sec-Fetch-Site", "same-site"),
            Map.of("Sec-Fetch-Site", "none"),
            Map.of("Sec-Fetch-Site", "cross-site", "Origin", RestServer.PUBLIC_URL),
            Map.of("Origin", "https://evil.example"),
            Map.of("Origin", "https://omnirun.test.evil.example"),
            Map.of("Origin", "http://omnirun.test"),
            Map.of("Origin", "null"),
            Map.<String, String>of())) {
      assertCode(makeToken(cookie, from), 403, "cross_site_request");
    }
    assertThat(
            RestServer.json(
                ofBrowser("/auth/tokens", cookie, Map.of("Sec-Fetch-Site", "same-origin"))))
        .hasSize(1);
  }

  @Test
  void thisServersOwnPagesMayDoWhatTheirPersonMay() throws Exception {
    String cookie = ada.session();
    String host = "127.0.0.1:" + server.port();
    for (Map<String, String> from :
        List.of(
            Map.of("Sec-Fetch-Site", "same-origin"),
            Map.of("Origin", RestServer.PUBLIC_URL),
            Map.of("Origin", "http://" + host))) {
      assertThat(makeToken(cookie, from).statusCode()).as(from.toString()).isEqualTo(201);
    }
  }

  @Test
  void anotherSitesPageReadsNothingEither() throws Exception {
    String cookie = ada.session();
    for (Map<String, String> from :
        List.of(
            Map.of("Sec-Fetch-Site", "cross-site"),
            Map.of("Sec-Fetch-Site", "same-site"),
            Map.of("Origin", "https://evil.example"))) {
      assertCode(ofBrowser("/auth/me", cookie, from), 403, "cross_site_request");
    }
    assertThat(ofBrowser("/auth/me", cookie, Map.of("Sec-Fetch-Site", "none")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void anotherSitesPageSignsNobodyIn() throws Exception {
    String link = SigningIn.link(ada.mail());
    HttpResponse<String> answer =
        server.send(ada.form("/auth/link", "t", link).header("Sec-Fetch-Site", "cross-site"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    assertThat(ada.follow(link).statusCode()).isEqualTo(200);
  }

  @Test
  void aSessionIsNoKeyAndAKeyNoSession() throws Exception {
    String session = ada.session().replace("__Host-omnirun_session=", "");
    assertCode(
        server.send(server.requestWithoutKey("/auth/me").header("X-API-Key", session)),
        401,
        "unauthorized");
    assertCode(me("__Host-omnirun_session=" + ada.token()), 401, "unauthorized");
  }

  @Test
  void aKeyCountsBeforeASession() throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .request("/auth/me")
                .header("Cookie", ada.session())
                .header("Sec-Fetch-Site", "cross-site"));
    assertThat(RestServer.json(answer).get("name").textValue()).isEqualTo("first");
  }

  @Test
  void signingOutEndsTheSessionAndTakesTheCookieBack() throws Exception {
    String cookie = ada.session();
    HttpResponse<String> answer =
        server.send(
            server
                .requestWithoutKey("/auth/sign-out")
                .header("Cookie", cookie)
                .header("Sec-Fetch-Site", "same-origin")
                .POST(BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.headers().firstValue("Set-Cookie").orElse("")).contains("Max-Age=0");
    assertCode(me(cookie), 401, "unauthorized");
  }

  @Test
  void aTokenEndsItself() throws Exception {
    String token = ada.token();
    HttpRequest.Builder signOut =
        server.requestWithoutKey("/auth/sign-out").header("X-API-Key", token);
    assertThat(server.send(signOut.POST(BodyPublishers.noBody())).statusCode()).isEqualTo(204);
    assertCode(
        server.send(server.requestWithoutKey("/auth/me").header("X-API-Key", token)),
        401,
        "unauthorized");
  }

  @Test
  void aSessionIsOverAfterSevenDays() throws Exception {
    String cookie = ada.session();
    server.clock.move(SignIn.SESSION_LIFE.minusSeconds(5));
    assertThat(me(cookie).statusCode()).isEqualTo(200);
    server.clock.move(Duration.ofSeconds(5));
    await().until(() -> me(cookie).statusCode() == 401);
  }

  private HttpResponse<String> me(String cookie) throws Exception {
    return ofBrowser("/auth/me", cookie, Map.of("Sec-Fetch-Site", "same-origin"));
  }

  private HttpResponse<String> ofBrowser(String path, String cookie, Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request = server.requestWithoutKey(path).header("Cookie", cookie);
    headers.forEach(request::header);
    return server.send(request);
  }

  private HttpResponse<String> makeToken(String cookie, Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request =
        server
            .requestWithoutKey("/auth/tokens")
            .header("Cookie", "theme=dark; " + cookie)
            .POST(BodyPublishers.ofString("{\"name\":\"forged\"}"));
    headers.forEach(request::header);
    return server.send(request);
  }
}
