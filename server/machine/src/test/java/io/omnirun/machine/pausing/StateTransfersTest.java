package io.omnirun.machine.pausing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StateTransfersTest {
  @Test
  void onlySoManyAreUnderWayAndTheOthersWaitNotForEver() {
    StateTransfers transfers = new StateTransfers(2, Duration.ofMillis(10));
    StateTransfers.Place first = transfers.enter();
    transfers.enter();
    assertRefused(transfers);
    first.close();
    first.close();
    transfers.enter();
    assertRefused(transfers);
  }

  @Test
  void whoWaitsIsLetInWhenAnotherLeaves() {
    StateTransfers transfers = new StateTransfers(1, Duration.ofDays(1));
    StateTransfers.Place first = transfers.enter();
    Thread.startVirtualThread(first::close);
    transfers.enter().close();
  }

  private static void assertRefused(StateTransfers transfers) {
    assertThatThrownBy(transfers::enter)
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CAPACITY_EXHAUSTED));
  }
}
