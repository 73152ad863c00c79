package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.MachinePool.Reservation;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestMachinePool {
  private static final GoldenSnapshot OTHER =
      new GoldenSnapshot("0123456789abcdef", "other", Node.SMALL);

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
      handedOut.add(take());
    }
    assertThat(handedOut)
        .hasSize(10)
        .allSatisfy(machine -> assertThat(((FakeMachine) machine).warmUps).hasValue(1));
  }

  @Test
  void poolNobodyFilledIsEmpty() {
    assertThat(pool.reserve(Node.GOLDEN)).isEmpty();
  }

  @Test
  void reservedCloneIsReplacedOnlyWhenItIsUsed() {
    pool.keep(Node.GOLDEN, 1);
    awaitReady(1);
    Reservation reserved = reserve();
    assertRefillMakesOnlyTheOther();
    assertThat(pool.readyCount(Node.GOLDEN)).isZero();
    reserved.commit();
    awaitReady(1);
    assertThat(reserve().machine()).isNotEqualTo(reserved.machine());
  }

  @Test
  void cloneWhoseUserTakesLongIsReplacedAllTheSameAndOnce() {
    pool.keep(Node.GOLDEN, 1);
    awaitReady(1);
    Reservation reserved = reserve();
    reserved.use();
    awaitReady(1);
    reserved.commit();
    assertRefillMakesOnlyTheOther();
  }

  @Test
  void cloneGivenBackIsTheNextToBeReserved() {
    pool.keep(Node.GOLDEN, 2);
    awaitReady(2);
    Reservation refused = reserve();
    refused.giveBack();
    assertThat(pool.readyCount(Node.GOLDEN)).isEqualTo(2);
    assertRefillMakesOnlyTheOther();
    assertThat(reserve().machine()).isEqualTo(refused.machine());
  }

  @Test
  void cloneThatDiedWhileReservedIsFreedAndReplaced() {
    pool.keep(Node.GOLDEN, 1);
    awaitReady(1);
    Reservation reserved = reserve();
    FakeMachine dead = (FakeMachine) reserved.machine();
    dead.die("killed");
    reserved.giveBack();
    awaitReady(1);
    assertThat(reserve().machine()).isNotEqualTo(dead);
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> dead.closes.get() == 1);
  }

  /** Clones are made one at a time, in the order in which snapshots were named. */
  private void assertRefillMakesOnlyTheOther() {
    int made = driver.made.size();
    pool.keep(OTHER, 1);
    awaitReady(OTHER, 1);
    assertThat(driver.made).hasSize(made + 1);
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
    assertThat(reserve().machine()).isEqualTo(replacement);
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "other"})
  void templateWhoseClonesFailStarvesNoOther(String broken) {
    driver.broken.add(broken);
    pool.keep(Node.GOLDEN, 1);
    pool.keep(OTHER, 1);
    awaitReady(broken.equals("base") ? OTHER : Node.GOLDEN, 1);
  }

  @Test
  void templateWhoseCloneFailedIsTriedAgain() {
    try (MachinePool patient = new MachinePool(driver, retries, Duration.ofMillis(1))) {
      driver.broken.add("base");
      patient.keep(Node.GOLDEN, 1);
      patient.keep(OTHER, 1);
      awaitReady(patient, OTHER, 1);
      driver.broken.clear();
      awaitReady(patient, Node.GOLDEN, 1);
    }
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
    Machine mine = take();
    awaitReady(2);
    pool.close();
    assertThat(driver.made)
        .allSatisfy(machine -> assertThat(machine.closes.get()).isEqualTo(mine == machine ? 0 : 1));
    assertThat(pool.reserve(Node.GOLDEN)).isEmpty();
  }

  private Reservation reserve() {
    return pool.reserve(Node.GOLDEN).orElseThrow();
  }

  private Machine take() {
    Reservation reserved = reserve();
    reserved.commit();
    return reserved.machine();
  }

  private void awaitReady(int count) {
    awaitReady(Node.GOLDEN, count);
  }

  private void awaitReady(GoldenSnapshot golden, int count) {
    awaitReady(pool, golden, count);
  }

  private static void awaitReady(MachinePool pool, GoldenSnapshot golden, int count) {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> pool.readyCount(golden) == count);
  }
}
