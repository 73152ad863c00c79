package io.omnirun.rest;

import static io.omnirun.rest.SignInTest.assertCode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.core.signin.SignIn;
import io.omnirun.core.signin.SignUpPolicy;
import io.omnirun.model.AuditAction;
import java.math.BigInteger;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Authenticator apps as second factors; the app here is written from the RFCs, apart from ours. */
class SecondFactorsTest {
  private static final Duration STEP = Duration.ofSeconds(30);
  private static final Pattern CHALLENGE = Pattern.compile("name=\"challenge\" value=\"([^\"]+)\"");

  private final RestServer server = new RestServer(new SignUpPolicy.Anyone());
  private final SigningIn ada = new SigningIn(server);

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aCodeOfTheAppIsAskedForOnceTheAppIsConfirmed() throws Exception {
    String token = ada.token();
    byte[] secret = enrol(token);
    assertThat(RestServer.json(ada.verify(ada.code())).has("token")).isTrue();
    assertThat(use(token, "confirm", code(secret)).statusCode()).isEqualTo(204);
    String challenge = challenge();
    nextStep();
    HttpResponse<String> answer = complete(challenge, code(secret));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(RestServer.json(answer).get("token").textValue()).startsWith("omr_");
  }

  @Test
  void aCodeIsGoodOnceEverywhere() throws Exception {
    String token = ada.token();
    byte[] secret = confirmed(token);
    assertCode(complete(challenge(), code(secret)), 401, "code_invalid");
    nextStep();
    String code = code(secret);
    String first = challenge();
    assertThat(complete(first, code).statusCode()).isEqualTo(200);
    assertCode(complete(challenge(), code), 401, "code_invalid");
    assertCode(use(token, "disable", code), 401, "code_invalid");
    nextStep();
    assertCode(complete(first, code(secret)), 401, "code_invalid");
  }

  @Test
  void aClockThatGoesBackwardsBringsNoCodeBack() throws Exception {
    byte[] secret = confirmed(ada.token());
    nextStep();
    String used = code(secret);
    assertThat(complete(challenge(), used).statusCode()).isEqualTo(200);
    server.clock.move(STEP.negated());
    String earlier = code(secret);
    String challenge = challenge();
    assertCode(complete(challenge, used), 401, "code_invalid");
    assertCode(complete(challenge, earlier), 401, "code_invalid");
  }

  @Test
  void ofManyAtTheSameInstantOneWins() throws Exception {
    byte[] secret = confirmed(ada.token());
    nextStep();
    String code = code(secret);
    String challenge = challenge();
    Callable<Integer> completion = () -> complete(challenge, code).statusCode();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Integer> statuses =
          threads.invokeAll(Collections.nCopies(5, completion)).stream()
              .map(Future::resultNow)
              .toList();
      assertThat(statuses).containsExactlyInAnyOrder(200, 401, 401, 401, 401);
    }
  }

  @Test
  void aChallengeHasFiveTries() throws Exception {
    byte[] secret = confirmed(ada.token());
    nextStep();
    String challenge = challenge();
    for (int i = 0; i < 5; i++) {
      assertCode(complete(challenge, wrong(secret)), 401, "code_invalid");
    }
    assertCode(complete(challenge, code(secret)), 401, "code_invalid");
    assertThat(complete(challenge(), code(secret)).statusCode()).isEqualTo(200);
  }

  @Test
  void anAccountIsLockedAfterTenWrongCodesAlsoForTheRightOne() throws Exception {
    String token = ada.token();
    byte[] secret = confirmed(token);
    nextStep();
    for (int i = 0; i < 10; i++) {
      assertCode(use(token, "disable", wrong(secret)), 401, "code_invalid");
    }
    assertCode(use(token, "disable", code(secret)), 429, "too_many_attempts");
    assertCode(complete(challenge(), code(secret)), 429, "too_many_attempts");
    assertThat(server.lockOuts(token)).isEqualTo(1);
    assertThat(server.auditLog.all())
        .as("no code was compared")
        .noneMatch(entry -> entry.action() == AuditAction.SIGN_IN);
    server.clock.move(SignIn.LIMITS_WINDOW);
    assertThat(complete(challenge(), code(secret)).statusCode()).isEqualTo(200);
  }

  @Test
  void aNetworkIsLockedAfterFiftyWrongChallengesAndNotByRightOnes() throws Exception {
    byte[] secret = confirmed(ada.token());
    nextStep();
    assertThat(complete(challenge(), code(secret)).statusCode()).isEqualTo(200);
    for (int i = 0; i < 50; i++) {
      assertCode(complete("x".repeat(43), "000000"), 401, "code_invalid");
    }
    String challenge = challenge();
    nextStep();
    HttpResponse<String> locked = complete(challenge, code(secret));
    assertCode(locked, 429, "too_many_attempts");
    assertThat(locked.headers().firstValue("Retry-After")).hasValue("3600");
    assertThat(completePage(challenge, code(secret)).statusCode()).isEqualTo(429);
    server.clock.move(SignIn.LIMITS_WINDOW);
    assertThat(complete(challenge(), code(secret)).statusCode()).isEqualTo(200);
  }

  @Test
  void aChallengeIsGoodForTenMinutesAndNobodyGuessesOne() throws Exception {
    byte[] secret = confirmed(ada.token());
    String challenge = challenge();
    server.clock.move(SignIn.CODE_LIFE);
    assertCode(complete(challenge, code(secret)), 401, "code_invalid");
    assertCode(complete("x".repeat(43), code(secret)), 401, "code_invalid");
  }

  @Test
  void aConfirmedAppIsReplacedOnlyByWhoeverHasIt() throws Exception {
    String token = ada.token();
    byte[] secret = confirmed(token);
    assertCode(post("/auth/mfa/totp", token, ""), 409, "second_factor_exists");
    nextStep();
    assertCode(use(token, "confirm", code(secret)), 409, "second_factor_exists");
    assertCode(use(token, "disable", wrong(secret)), 401, "code_invalid");
    assertThat(use(token, "disable", code(secret)).statusCode()).isEqualTo(204);
    assertCode(use(token, "disable", code(secret)), 409, "second_factor_missing");
    assertThat(RestServer.json(ada.verify(ada.code())).has("token")).isTrue();
  }

  @Test
  void aBrowserIsAskedForTheCodeOnItsPage() throws Exception {
    byte[] secret = confirmed(ada.token());
    HttpResponse<String> page = ada.follow(SigningIn.link(ada.mail()));
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Set-Cookie")).isEmpty();
    Matcher challenge = CHALLENGE.matcher(page.body());
    assertThat(challenge.find()).isTrue();
    assertThat(completePage(challenge.group(1), wrong(secret)).statusCode()).isEqualTo(401);
    nextStep();
    HttpResponse<String> welcome = completePage(challenge.group(1), code(secret));
    assertThat(welcome.statusCode()).isEqualTo(200);
    assertThat(SigningIn.cookie(welcome)).contains("=oms_");
  }

  private HttpResponse<String> completePage(String challenge, String code) throws Exception {
    return server.send(
        ada.form("/auth/link/code", "challenge", challenge, "code", code)
            .header("Sec-Fetch-Site", "same-origin"));
  }

  private byte[] confirmed(String token) throws Exception {
    byte[] secret = enrol(token);
    assertThat(use(token, "confirm", code(secret)).statusCode()).isEqualTo(204);
    return secret;
  }

  private byte[] enrol(String token) throws Exception {
    HttpResponse<String> answer = post("/auth/mfa/totp", token, "");
    assertThat(answer.statusCode()).isEqualTo(201);
    String secret = RestServer.json(answer).get("secret").textValue();
    assertThat(RestServer.json(answer).get("uri").textValue())
        .startsWith("otpauth://totp/OmniRun:")
        .contains("secret=" + secret);
    return base32(secret);
  }

  private String challenge() throws Exception {
    JsonNode answer = RestServer.json(ada.verify(ada.code()));
    assertThat(answer.get("mfaRequired").booleanValue()).isTrue();
    assertThat(answer.has("token")).isFalse();
    return answer.get("mfaChallengeToken").textValue();
  }

  private HttpResponse<String> complete(String challenge, String code) throws Exception {
    return server.post(
        "/auth/mfa/totp/verify",
        "{\"mfa_challenge_token\":\"%s\",\"code\":\"%s\"}".formatted(challenge, code));
  }

  private HttpResponse<String> use(String token, String verb, String code) throws Exception {
    return post("/auth/mfa/totp/" + verb, token, "{\"code\":\"" + code + "\"}");
  }

  private HttpResponse<String> post(String path, String token, String body) throws Exception {
    return server.send(
        server
            .requestWithoutKey(path)
            .header("X-API-Key", token)
            .POST(BodyPublishers.ofString(body)));
  }

  private void nextStep() {
    server.clock.move(STEP);
  }

  private String code(byte[] secret) {
    return code(secret, server.clock.instant().getEpochSecond() / 30);
  }

  /** Of no step that is near. */
  private String wrong(byte[] secret) {
    long step = server.clock.instant().getEpochSecond() / 30;
    List<String> near =
        List.of(
            code(secret, step - 1),
            code(secret, step),
            code(secret, step + 1),
            code(secret, step + 2));
    return near.contains("000000") ? "999999" : "000000";
  }

  private static String code(byte[] secret, long step) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret, "RAW"));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(8).putLong(step).array());
      int number = ByteBuffer.wrap(hash).getInt(hash[19] & 15) & 0x7fffffff;
      return String.format(Locale.ROOT, "%06d", number % 1_000_000);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] base32(String text) {
    BigInteger number = BigInteger.ZERO;
    for (char character : text.toCharArray()) {
      number =
          number
              .shiftLeft(5)
              .or(BigInteger.valueOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(character)));
    }
    byte[] bytes = number.toByteArray();
    byte[] secret = new byte[20];
    for (int i = 0; i < Math.min(20, bytes.length); i++) {
      secret[19 - i] = bytes[bytes.length - 1 - i];
    }
    return secret;
  }
}
