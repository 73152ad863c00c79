package io.omnirun.core.signin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestTotp {
  /** The secret of the RFCs' examples. */
  private static final byte[] SECRET = "12345678901234567890".getBytes(US_ASCII);

  /** RFC 6238, appendix B: the last six of its eight digits. */
  @ParameterizedTest
  @CsvSource({
    "59, 287082",
    "1111111109, 081804",
    "1111111111, 050471",
    "1234567890, 005924",
    "2000000000, 279037",
    "20000000000, 353130"
  })
  void codesAreThoseOfTheRfc(long second, String code) {
    assertThat(Totp.code(SECRET, second / Totp.STEP_SECONDS)).isEqualTo(code);
    assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(second), 0))
        .hasValue(second / Totp.STEP_SECONDS);
  }

  @Test
  void codeIsGoodForAStepBeforeAndAfterItsOwn() {
    String code = Totp.code(SECRET, 100);
    for (long step = 99; step <= 101; step++) {
      assertThat(Totp.step(SECRET, code, at(step), 0)).hasValue(100);
    }
    assertThat(Totp.step(SECRET, code, at(98), 0)).isEmpty();
    assertThat(Totp.step(SECRET, code, at(102), 0)).isEmpty();
  }

  @Test
  void codeOfAStepThatWasUsedIsWrong() {
    String code = Totp.code(SECRET, 100);
    assertThat(Totp.step(SECRET, code, at(100), 99)).hasValue(100);
    assertThat(Totp.step(SECRET, code, at(100), 100)).isEmpty();
  }

  @Test
  void textThatIsNoCodeIsWrong() {
    for (String text : new String[] {"", "1", "abcdef", "1234567", "－12345"}) {
      assertThat(Totp.step(SECRET, text, at(100), 0)).isEmpty();
    }
  }

  /** RFC 4648, chapter 10. */
  @Test
  void base32IsThatOfTheRfc() {
    assertThat(Totp.base32("fooba".getBytes(US_ASCII))).isEqualTo("MZXW6YTB");
    assertThat(Totp.base32(SECRET)).hasSize(32);
  }

  private static Instant at(long step) {
    return Instant.ofEpochSecond(step * Totp.STEP_SECONDS + 7);
  }
}
