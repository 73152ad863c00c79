package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final Backoff backoff = new Backoff();

  private void assertNextSeconds(int... seconds) {
    for (int expected : seconds) {
      assertThat(backoff.next()).hasSeconds(expected);
    }
  }

  @Test
  void pausesAreDoubledUpToALimit() {
    assertNextSeconds(1, 2, 4, 5, 5);
  }

  @Test
  void onlyASessionThatLastsMakesThemShortAgain() {
    assertNextSeconds(1, 2, 4);
    backoff.sessionLasted(Duration.ofSeconds(4));
    assertNextSeconds(5);
    backoff.sessionLasted(Duration.ofSeconds(5));
    assertNextSeconds(1, 2);
  }
}
