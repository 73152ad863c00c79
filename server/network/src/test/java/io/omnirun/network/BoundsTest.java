package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.SandboxId;
import org.junit.jupiter.api.Test;

class BoundsTest {
  private final Bounds bounds = new Bounds(8, 64);

  @Test
  void aGuestHasItsOwnMost() {
    assertThat(take(SandboxId.random())).isEqualTo(8);
  }

  @Test
  void aFewGuestsDoNotTakeAll() {
    for (int i = 0; i < 8; i++) {
      take(SandboxId.random());
    }
    assertThat(take(SandboxId.random())).isEqualTo(2);
    assertThat(take(SandboxId.random())).isEqualTo(1);
    assertThat(take(SandboxId.random())).as("the last one").isEqualTo(1);
    assertThat(take(SandboxId.random())).as("nothing is left").isZero();
  }

  @Test
  void whatIsGivenBackIsFree() {
    SandboxId guest = SandboxId.random();
    take(guest);
    bounds.leave(guest);
    assertThat(take(guest)).isEqualTo(1);
  }

  private int take(SandboxId guest) {
    int taken = 0;
    while (bounds.enter(guest)) {
      taken++;
    }
    return taken;
  }
}
