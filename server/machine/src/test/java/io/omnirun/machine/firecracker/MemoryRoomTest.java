package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.machine.firecracker.MemoryRoom.Reservation;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class MemoryRoomTest {
  private static final int MIB = 1024 * 1024;
  private static final int MEMORY_MIB = 4;

  /** With ten MiB for the state of a machine's devices. */
  private static final long NEEDED = (MEMORY_MIB + 10) * (long) MIB;

  @TempDir Path directory;
  private long free;
  private MemoryRoom room;

  @BeforeEach
  void open() {
    room = new MemoryRoom(directory, () -> free);
  }

  @Test
  void whatIsAskedForByManyIsAddedUpUntilItIsGivenBack() {
    free = 2 * NEEDED;
    Reservation first = reserve();
    Reservation second = reserve();
    assertRefused(this::reserve);

    first.close();
    first.close();
    reserve();
    assertRefused(this::reserve);
    second.close();
    reserve();
  }

  @Test
  void whatIsWrittenAlreadyCountsOnce() throws Exception {
    free = 2 * NEEDED;
    MachineId writing = MachineId.random();
    room.reserve(writing, MEMORY_MIB);
    write(room.of(writing), MEMORY_MIB);
    free -= MEMORY_MIB * (long) MIB;

    reserve();

    assertRefused(this::reserve);
  }

  @Test
  void whoWritesMoreThanWasThoughtTakesNothingFromOthers() throws Exception {
    free = 2 * NEEDED;
    MachineId writing = MachineId.random();
    room.reserve(writing, 0);
    write(room.of(writing), 2 * MEMORY_MIB + 20);

    reserve();
    reserve();
    assertRefused(this::reserve);
  }

  /** A sparse file has taken nothing yet, and may take all. */
  @Test
  void whatAMachineMapsIsKeptUntilItIsForgotten() {
    MachineId resumed = MachineId.random();
    MemoryRoom small = new MemoryRoom(directory, new Free(2 * NEEDED));
    small.keep(resumed, MEMORY_MIB);
    small.keep(resumed, MEMORY_MIB);

    small.reserve(MachineId.random(), MEMORY_MIB);
    assertRefused(() -> small.reserve(MachineId.random(), MEMORY_MIB));

    small.forget(resumed);
    small.reserve(MachineId.random(), MEMORY_MIB);
  }

  @Test
  void resumesLeaveRoomInWhichEachOfThemCanBePausedAgain() {
    MemoryRoom small = new MemoryRoom(directory, new Free(3 * MEMORY_MIB * (long) MIB + NEEDED));
    List<MachineId> resumed =
        Stream.generate(MachineId::random).limit(3).peek(id -> resume(small, id)).toList();
    assertRefused(() -> resume(small, MachineId.random()));

    for (MachineId id : resumed) {
      small.reserve(id, MEMORY_MIB).close();
    }
    small.forget(resumed.getFirst());
    assertRefused(() -> small.reserveForResume(MachineId.random(), MEMORY_MIB + 1));
    resume(small, MachineId.random());
  }

  /** Here a small one is resumed where a large one runs, which needs most. */
  @Test
  void roomIsLeftForTheLargestThatWasResumed() {
    int largeMib = 8 * MEMORY_MIB;
    MemoryRoom small =
        new MemoryRoom(directory, new Free((2 * largeMib + 10 + MEMORY_MIB) * (long) MIB));
    MachineId large = MachineId.random();
    small.reserveForResume(large, largeMib).keep();

    resume(small, MachineId.random());
    assertRefused(() -> resume(small, MachineId.random()));

    small.reserve(large, largeMib).close();
  }

  /** Neither has mapped anything yet. */
  @Test
  void resumesInFlightLeaveThatRoomToo() {
    MemoryRoom enough = new MemoryRoom(directory, new Free(310L * MIB));
    enough.reserveForResume(MachineId.random(), 100);
    enough.reserveForResume(MachineId.random(), 100);

    MemoryRoom less = new MemoryRoom(directory, new Free(309L * MIB));
    less.reserveForResume(MachineId.random(), 100);
    assertRefused(() -> less.reserveForResume(MachineId.random(), 100));
  }

  /** It ends, and gives its room back. */
  @Test
  void aPauseInFlightIsNotCountedAmongThoseThatStay() {
    MemoryRoom small = new MemoryRoom(directory, new Free(2 * NEEDED));
    small.reserve(MachineId.random(), MEMORY_MIB);

    resume(small, MachineId.random());
  }

  @Test
  void theOperatorIsToldWhatResumedSandboxesKeep() {
    MemoryRoom small = new MemoryRoom(directory, new Free(NEEDED));
    small.keep(MachineId.random(), MEMORY_MIB);
    small.keep(MachineId.random(), 3 * MEMORY_MIB);

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> small.reserve(MachineId.random(), MEMORY_MIB))
        .withStackTraceContaining(
            directory + " has 0 MiB of room beside 16 that running sandboxes keep");
  }

  private static void resume(MemoryRoom room, MachineId machine) {
    room.reserveForResume(machine, MEMORY_MIB).keep();
  }

  /** The second asks while the first has looked at what is free and has nothing yet. */
  @Timeout(60)
  @Test
  void twoAtOnceAreNotGivenTheSameRoom() throws Exception {
    Thread[] second = new Thread[1];
    MemoryRoom contended =
        new MemoryRoom(
            directory,
            () -> {
              if (Thread.currentThread() != second[0]) {
                second[0].start();
                awaitStandstill(second[0]);
              }
              return NEEDED;
            });
    FutureTask<Boolean> refused =
        new FutureTask<>(
            () -> assertRefused(() -> contended.reserve(MachineId.random(), MEMORY_MIB)), true);
    second[0] = new Thread(refused, "second");

    contended.reserve(MachineId.random(), MEMORY_MIB);

    refused.get(30, TimeUnit.SECONDS);
  }

  private static void awaitStandstill(Thread thread) {
    while (thread.getState() != Thread.State.BLOCKED
        && thread.getState() != Thread.State.TERMINATED) {
      Thread.onSpinWait();
    }
  }

  @Test
  void theDirectoryIsToldToTheOperatorAlone() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(this::reserve)
        .withMessageNotContainingAny(directory.toString())
        .withStackTraceContaining(directory + " has 0 MiB");
  }

  @Test
  void whatIsFreeIsThatOfTheDirectorysFileSystem() {
    MemoryRoom real = new MemoryRoom(directory);

    real.reserve(MachineId.random(), 1).close();
    assertRefused(() -> real.reserve(MachineId.random(), Integer.MAX_VALUE));
  }

  private Reservation reserve() {
    return room.reserve(MachineId.random(), MEMORY_MIB);
  }

  private static void write(MemoryDirectory files, int mib) throws IOException {
    files.create();
    Files.write(files.memory(), filled(mib));
    assertThat(files.allocatedBytes()).isEqualTo(mib * (long) MIB);
  }

  private static byte[] filled(int mib) {
    byte[] bytes = new byte[mib * MIB];
    Arrays.fill(bytes, (byte) 1);
    return bytes;
  }

  private static void assertRefused(ThrowingCallable call) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(call)
        .matches(failure -> failure.code() == ErrorCode.CAPACITY_EXHAUSTED);
  }
}
