package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.core.signin.SignIn;
import io.omnirun.core.signin.SignUpPolicy;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing in by a code, and what attackers try with it. */
class SignInTest {
  private final RestServer server = new RestServer(new SignUpPolicy.Anyone());
  private final SigningIn ada = new SigningIn(server);

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aCodeIsGoodForOneToken() throws Exception {
    String code = ada.code();
    HttpResponse<String> answer = ada.verify(code);
    assertThat(answer.statusCode()).isEqualTo(200);
    String token = RestServer.json(answer).get("token").textValue();
    JsonNode me = me(token);
    assertThat(me.get("email").textValue()).isEqualTo(ada.email);
    assertThat(me.get("administrator").booleanValue()).isFalse();
    assertCode(ada.verify(code), 401, "code_invalid");
    assertThat(me(ada.token()).get("id")).isEqualTo(me.get("id"));
  }

  @Test
  void aSignInMakesTheVault() throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .requestWithoutKey("/vault/init")
                .header("X-API-Key", ada.token())
                .POST(BodyPublishers.noBody()));
    assertCode(answer, 409, "vault_exists");
  }

  @Test
  void theRightCodeIsWrongAfterFiveWrongOnes() throws Exception {
    String code = ada.code();
    for (int i = 0; i < 5; i++) {
      assertCode(ada.verify(SigningIn.otherThan(code)), 401, "code_invalid");
    }
    assertCode(ada.verify(code), 401, "code_invalid");
    assertThat(ada.verify(ada.code()).statusCode()).isEqualTo(200);
  }

  @Test
  void anAddressIsLockedAfterTenWrongCodesAlsoForTheRightOneUntilAnHourIsOver() throws Exception {
    for (int mail = 0; mail < 2; mail++) {
      String code = ada.code();
      for (int i = 0; i < 5; i++) {
        assertCode(ada.verify(SigningIn.otherThan(code)), 401, "code_invalid");
      }
    }
    String right = ada.code();
    HttpResponse<String> locked = ada.verify(right);
    assertCode(locked, 429, "too_many_attempts");
    assertThat(locked.headers().firstValue("Retry-After")).hasValue("3600");
    assertThat(new SigningIn(server).token()).startsWith("omr_");
    server.clock.move(SignIn.LIMITS_WINDOW);
    assertThat(ada.verify(ada.code()).statusCode()).isEqualTo(200);
  }

  @Test
  void whoseAddressIsLockedSeesThatInTheAudit() throws Exception {
    String token = ada.token();
    for (int i = 0; i < 10; i++) {
      assertCode(ada.verify("000000"), 401, "code_invalid");
    }
    assertCode(ada.verify("000000"), 429, "too_many_attempts");
    // Not in the time of the call, which would tell that there is such an account.
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> server.lockOuts(token) == 1);
  }

  @Test
  void whoeverGuessesForManyAddressesIsLockedByNetwork() throws Exception {
    for (int i = 0; i < 50; i++) {
      assertCode(new SigningIn(server).verify("000000"), 401, "code_invalid");
    }
    assertCode(new SigningIn(server).verify("000000"), 429, "too_many_attempts");
    String code = ada.code();
    assertCode(ada.verify(code), 429, "too_many_attempts");
  }

  @Test
  void anAddressGetsFiveMailsAnHour() throws Exception {
    for (int i = 0; i < 5; i++) {
      ada.mail();
    }
    assertCode(ada.request(), 429, "too_many_attempts");
    assertThat(server.mails).isEmpty();
  }

  @Test
  void aNetworkGetsThirtyMailsAnHour() throws Exception {
    for (int i = 0; i < 30; i++) {
      new SigningIn(server).mail();
    }
    assertCode(new SigningIn(server).request(), 429, "too_many_attempts");
  }

  @Test
  void aCodeIsGoodForTenMinutes() throws Exception {
    String code = ada.code();
    server.clock.move(SignIn.CODE_LIFE);
    assertCode(ada.verify(code), 401, "code_invalid");
    server.clock.move(SignIn.CODE_LIFE.negated().plusSeconds(2));
    assertThat(ada.verify(code).statusCode()).isEqualTo(200);
  }

  @Test
  void aClockThatGoesBackwardsMakesNoCodeGoodForLonger() throws Exception {
    String code = ada.code();
    server.clock.move(Duration.ofMinutes(-5));
    assertCode(ada.verify(code), 401, "code_invalid");
  }

  @Test
  void anotherCodeEndsTheOneBefore() throws Exception {
    String first = ada.code();
    String second = ada.code();
    if (!first.equals(second)) {
      assertCode(ada.verify(first), 401, "code_invalid");
    }
    assertThat(ada.verify(second).statusCode()).isEqualTo(200);
  }

  @Test
  void aCodeOpensItsAddressOnly() throws Exception {
    SigningIn eve = new SigningIn(server);
    String code = ada.code();
    if (!code.equals(eve.code())) {
      assertCode(eve.verify(code), 401, "code_invalid");
    }
  }

  @Test
  void ofManyVerificationsAtTheSameInstantOneWins() throws Exception {
    String code = ada.code();
    Callable<Integer> verification = () -> ada.verify(code).statusCode();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Integer> statuses =
          threads.invokeAll(Collections.nCopies(5, verification)).stream()
              .map(Future::resultNow)
              .toList();
      assertThat(statuses).containsExactlyInAnyOrder(200, 401, 401, 401, 401);
    }
  }

  @Test
  void theSameMailboxInAnotherCaseIsTheSameAccount() throws Exception {
    String email = "Grace-" + UUID.randomUUID() + "@Example.ORG";
    String id = me(new SigningIn(server, email).token()).get("id").textValue();
    String lower = email.toLowerCase(Locale.ROOT);
    assertThat(me(new SigningIn(server, lower).token()).get("id").textValue()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ada",
        "ada@example",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "a da@example.org",
        "ada.@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@[127.0.0.1]",
        "\\\"ada\\\"@example.org",
        "Ada <ada@example.org>",
        "ada@example.org,eve@example.org",
        "ada@example.org\\r\\nBcc: eve@example.org",
        "ada@example.org\\nSubject: x",
        "ada\\u0000@example.org",
        // Look-alikes: Cyrillic a, Turkish dotless i, a full-width at sign, a soft hyphen.
        "\\u0430da@example.org",
        "ada@example.\\u043erg",
        "\\u0131@example.org",
        "ada\\uff20example.org",
        "a\\u00adda@example.org",
        "k\\u212aelvin@example.org"
      })
  void whatIsNoAddressIsRefused(String email) throws Exception {
    SigningIn nobody = new SigningIn(server, email);
    assertCode(nobody.request(), 400, "invalid_request");
    assertCode(nobody.verify("000000"), 400, "invalid_request");
    assertThat(server.mails).isEmpty();
  }

  @Test
  void anAddressOfTenKilobytesIsRefused() throws Exception {
    for (String email :
        List.of(
            "a".repeat(10_000) + "@example.org",
            "a@" + "b".repeat(10_000) + ".org",
            "a@" + "b.".repeat(5_000) + "org",
            "a".repeat(65) + "@example.org")) {
      assertCode(new SigningIn(server, email).request(), 400, "invalid_request");
    }
  }

  @Test
  void aWrongTypeOrALongCodeIsRefused() throws Exception {
    for (String body :
        List.of(
            "{}",
            "{\"email\":1,\"code\":\"000000\"}",
            "{\"email\":\"a@example.org\"}",
            "{\"email\":\"a@example.org\",\"code\":123456}",
            "{\"email\":\"a@example.org\",\"code\":\"" + "1".repeat(129) + "\"}")) {
      assertCode(server.post("/auth/otp/verify", body), 400, "invalid_request");
    }
  }

  @Test
  void addressesThatMayNotSignInGetTheSameAnswersAndNoMail() throws Exception {
    String domain = "d" + UUID.randomUUID() + ".example.org";
    try (RestServer choosy = new RestServer(new SignUpPolicy.Domains(Set.of(domain)))) {
      SigningIn welcome = new SigningIn(choosy, "ada@" + domain);
      SigningIn stranger = new SigningIn(choosy, "ada@sub." + domain);
      HttpResponse<String> known = welcome.request();
      String code = SigningIn.code(choosy.mails.remove());
      HttpResponse<String> unknown = stranger.request();
      assertSame(known, unknown);
      assertThat(choosy.mails).isEmpty();
      String wrong = SigningIn.otherThan(code);
      for (int i = 0; i < 10; i++) {
        assertSame(welcome.verify(wrong), stranger.verify(wrong));
      }
      assertSame(welcome.verify(code), stranger.verify(code));
    }
  }

  @Test
  void withoutInvitationOnlyThoseWhoAreKnownGetAMail() throws Exception {
    ada.token();
    try (RestServer closed = new RestServer()) {
      SigningIn known = new SigningIn(closed, ada.email);
      assertThat(known.token()).startsWith("omr_");
      SigningIn unknown = new SigningIn(closed);
      assertThat(unknown.request().statusCode()).isEqualTo(202);
      assertThat(closed.mails).isEmpty();
    }
  }

  @Test
  void aMailHasItsCodeInItsTextAndNothingOfTheCallers() throws Exception {
    Mail mail = ada.mail();
    assertThat(mail.subject()).isEqualTo("Sign in to OmniRun");
    assertThat(mail.text())
        .contains(SigningIn.code(mail))
        .contains(RestServer.PUBLIC_URL + "/auth/link?t=")
        .doesNotContain(ada.email);
  }

  @Test
  void oldSignInsEndSoThatNobodyIsLockedOutByThem() throws Exception {
    String first = ada.token();
    for (int i = 0; i < 20; i++) {
      server.clock.move(SignIn.LIMITS_WINDOW);
      ada.token();
    }
    HttpResponse<String> answer =
        server.send(server.requestWithoutKey("/auth/me").header("X-API-Key", first));
    assertThat(answer.statusCode()).isEqualTo(401);
  }

  private JsonNode me(String token) throws Exception {
    HttpResponse<String> answer =
        server.send(server.requestWithoutKey("/auth/me").header("X-API-Key", token));
    assertThat(answer.statusCode()).isEqualTo(200);
    return RestServer.json(answer);
  }

  private static void assertSame(HttpResponse<String> left, HttpResponse<String> right) {
    assertThat(left.statusCode()).isEqualTo(right.statusCode());
    assertThat(left.body()).isEqualTo(right.body());
    assertThat(left.headers().map().keySet()).isEqualTo(right.headers().map().keySet());
  }

  static void assertCode(HttpResponse<String> answer, int status, String code) throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo(code);
  }
}
