package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.Machine;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestMachinePool {
  private final FakeMachineDriver driver = new FakeMachineDriver();
  private final Deadlines timer = new Deadlines(Clock.systemUTC());
  private final Retries retries =
      new Retries(
          timer, Clock.systemUTC(), new Backoff(Duration.ofMillis(1), Duration.ofMillis(2)));
  private final MachinePool pool = new MachinePool(driver, retries);

  @AfterEach
  void close() {
    pool.close();
    timer.close();
  }

  @Test
  void poolFillsUpAndRefillsAfterEachClone() {
    pool.keep(Node.GOLDEN, 2);
    Set<Machine> handedOut = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      awaitReady(2);
      handedOut.add(pool.poll(Node.GOLDEN).orElseThrow());
    }
    assertThat(handedOut)
        .hasSize(10)
        .allSatisfy(machine -> assertThat(((FakeMachine) machine).warmUps).hasValue(1));
  }

  @Test
  void poolNobodyFilledIsEmpty() {
    assertThat(pool.poll(Node.GOLDEN)).isEmpty();
  }

  @Test
  void deadCloneIsReplacedAndFreed() throws InterruptedException {
    pool.keep(Node.GOLDEN, 1);
    awaitReady(1);
    FakeMachine dead = driver.made.take();
    dead.die("killed");
    FakeMachine replacement = driver.made.poll(30, TimeUnit.SECONDS);
    assertThat(replacement).isNotNull();
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> dead.closes.get() == 1);
    awaitReady(1);
    assertThat(pool.poll(Node.GOLDEN)).contains(replacement);
  }

  @Test
  void deadCloneThatCannotBeFreedIsFreedLater() throws InterruptedException {
    pool.keep(Node.GOLDEN, 1);
    awaitReady(1);
    FakeMachine dead = driver.made.take();
    dead.closing.refusals.set(3);
    dead.die("killed");
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> dead.closes.get() == 1);
  }

  @Test
  void cloneThatCannotBeFreedDoesNotKeepTheOthersAtTheEnd() throws InterruptedException {
    pool.keep(Node.GOLDEN, 2);
    awaitReady(2);
    FakeMachine stubborn = driver.made.take();
    FakeMachine other = driver.made.take();
    stubborn.closing.refuseAll();
    pool.close();
    assertThat(other.closes).hasValue(1);
    stubborn.closing.heal();
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> stubborn.closes.get() == 1);
  }

  @Test
  void closingEndsWhatIsHereAndNotWhatWasHandedOut() {
    pool.keep(Node.GOLDEN, 2);
    awaitReady(2);
    Optional<Machine> mine = pool.poll(Node.GOLDEN);
    awaitReady(2);
    pool.close();
    assertThat(driver.made)
        .allSatisfy(
            machine ->
                assertThat(machine.closes.get()).isEqualTo(mine.orElseThrow() == machine ? 0 : 1));
    assertThat(pool.poll(Node.GOLDEN)).isEmpty();
  }

  private void awaitReady(int count) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> pool.readyCount(Node.GOLDEN) == count);
  }
}
