package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TestKeyedLocks {
  private final KeyedLocks<String> locks = new KeyedLocks<>();

  @Test
  void whoHasOneKeyKeepsNobodyWithAnotherWaiting() throws InterruptedException {
    CountDownLatch holds = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread holder =
        Thread.startVirtualThread(
            () ->
                locks.run(
                    "a",
                    () -> {
                      holds.countDown();
                      await(end);
                    }));
    holds.await();
    assertThat(locks.with("b", () -> locks.with("b", () -> "reentrant"))).isEqualTo("reentrant");
    CountDownLatch entered = new CountDownLatch(1);
    Thread waiting = Thread.startVirtualThread(() -> locks.run("a", entered::countDown));
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> waiting.getState() == Thread.State.WAITING);
    assertThat(entered.getCount()).isEqualTo(1);
    end.countDown();
    holder.join();
    waiting.join();
    assertThat(entered.getCount()).isZero();
    assertThat(locks.size()).isZero();
  }

  @Test
  void anActionThatFailsLeavesNoLock() {
    assertThatThrownBy(
            () ->
                locks.run(
                    "a",
                    () -> {
                      throw new IllegalStateException("as told");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(locks.size()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
