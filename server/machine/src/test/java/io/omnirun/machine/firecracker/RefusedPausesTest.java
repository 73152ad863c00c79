package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.model.Command;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Firecracker's pauses and resumes are refused for; with the FAKE Firecracker. */
class RefusedPausesTest extends FakeFirecrackerTest {
  private static final int MORE_MIB = FakeInstallation.SIZE.memoryMib() + 1;

  private GoldenSnapshot golden;

  @BeforeEach
  void makeSnapshot() {
    golden = buildGolden();
  }

  @Test
  void aVmmThatFindsNoSpaceForItsMemoryRunsOn() throws Exception {
    fake.install("1.15.1", Set.of(Fault.CREATE_NO_SPACE));
    try (Machine machine = fake.driver(fake.settings()).clone(MachineId.random(), golden)) {
      run(machine.guest(), "echo kept >/mnt/kept");

      assertThatExceptionOfType(OmniRunException.class)
          .isThrownBy(() -> machine.pause(SEAL))
          .matches(failure -> failure.code() == ErrorCode.NO_SPACE);
      machine.runOn();

      await()
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(run(machine.guest(), "cat /mnt/kept")).isEqualTo("kept\n"));
      assertThat(fake.paused).isEmptyDirectory();
      assertThat(fake.memory.resolve(machine.id().value())).isEmptyDirectory();
    }
  }

  @Test
  void memoryLiesNowhereInTheClearWhenAMachineIsPausedOrResumed() throws Exception {
    MachineId id = paused();
    assertThat(fake.memory).isEmptyDirectory();

    try (Machine resumed =
        fake.node(fake.settings()).paused().resume(id, MachineId.random(), "", SEAL)) {
      assertThat(fake.memory.resolve(resumed.id().value())).isEmptyDirectory();
    }
    assertThat(fake.memory).isEmptyDirectory();
  }

  @Test
  void aPauseThatDoesNotFitBesideOthersWritesNothingAndItsMachineRunsOn() throws Exception {
    MemoryRoom room = roomForOne();
    try (Machine machine = fake.driver(fake.settings(room)).clone(MachineId.random(), golden)) {
      try (MemoryRoom.Reservation others = room.reserve(MachineId.random(), 1)) {
        assertRoomIsMissed(() -> machine.pause(SEAL));
        machine.runOn();
        assertThat(fake.paused).isEmptyDirectory();
        assertThat(fake.memory.resolve(machine.id().value())).isEmptyDirectory();
        await()
            .ignoreExceptions()
            .untilAsserted(() -> assertThat(run(machine.guest(), "echo here")).isEqualTo("here\n"));
      }

      machine.pause(SEAL);
      assertIsFree(room);
    }
  }

  @Test
  void aResumeThatDoesNotFitBesideOthersBeginsNothingAndGoesOnLater() throws Exception {
    MachineId id = paused();
    MemoryRoom room = roomForOne();
    PausedMachines paused = fake.node(fake.settings(room)).paused();
    try (MemoryRoom.Reservation others = room.reserve(MachineId.random(), 1)) {
      assertRoomIsMissed(() -> paused.resume(id, MachineId.random(), "", SEAL));
      assertNothingRuns();
    }

    try (Machine resumed = paused.resume(id, MachineId.random(), "", SEAL)) {
      assertIsFree(room);
    }
  }

  @Test
  void whatFailsGivesItsRoomBack() throws Exception {
    MachineId id = paused();
    MemoryRoom room = roomForOne();
    fake.install("1.15.1", Set.of(Fault.LOAD_FAILS));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () -> fake.node(fake.settings(room)).paused().resume(id, MachineId.random(), "", SEAL));
    assertIsFree(room);

    fake.install("1.15.1", Set.of(Fault.CREATE_NO_SPACE));
    try (Machine machine = fake.driver(fake.settings(room)).clone(MachineId.random(), golden)) {
      assertThatExceptionOfType(OmniRunException.class).isThrownBy(() -> machine.pause(SEAL));
      assertIsFree(room);
    }
  }

  @Test
  void aResumedMachinesMemoryIsKeptUntilItsEndAlsoByTheNextServer() throws Exception {
    MachineId id = paused();
    fake.install("1.15.1", Set.of(Fault.CREATE_NO_SPACE));
    MemoryRoom room = roomForOneBesideAnother();
    Machine resumed =
        fake.node(fake.settings(room)).paused().resume(id, MachineId.random(), "", SEAL);
    assertIsTaken(room);
    // The server is killed in the midst of that.
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> resumed.pause(SEAL))
        .matches(failure -> failure.code() == ErrorCode.NO_SPACE);

    fake.vmms = fake.vmms();
    MemoryRoom next = roomForOneBesideAnother();
    try (Machine adopted = fake.driver(fake.settings(next)).adopt(resumed.id(), "")) {
      assertThat(adopted.id()).isEqualTo(resumed.id());
      assertIsTaken(next);
    }
    next.reserve(MachineId.random(), MORE_MIB).close();
    resumed.close();
    room.reserve(MachineId.random(), MORE_MIB).close();
  }

  @Test
  void aResumedMachineThatCannotBeEndedKeepsItsMemory() {
    MachineId id = paused();
    MemoryRoom room = roomForOneBesideAnother();
    MachineDriver driver = fake.driver(fake.settings(room));
    Machine resumed =
        fake.node(fake.settings(room)).paused().resume(id, MachineId.random(), "", SEAL);

    fake.vmms.refuseToKill(true);
    try {
      assertThatExceptionOfType(OmniRunException.class).isThrownBy(resumed::close);
      assertIsTaken(room);
    } finally {
      fake.vmms.refuseToKill(false);
    }

    driver.remove(resumed.id());
    room.reserve(MachineId.random(), MORE_MIB).close();
  }

  private MemoryRoom roomForOneBesideAnother() {
    return new MemoryRoom(fake.memory, new Free(ROOM_FOR_ONE + (MORE_MIB - 1) * 1024L * 1024));
  }

  private void assertIsTaken(MemoryRoom room) {
    assertRoomIsMissed(() -> room.reserve(MachineId.random(), MORE_MIB));
  }

  private MemoryRoom roomForOne() {
    return new MemoryRoom(fake.memory, () -> ROOM_FOR_ONE);
  }

  private static void assertIsFree(MemoryRoom room) {
    room.reserve(MachineId.random(), FakeInstallation.SIZE.memoryMib()).close();
  }

  private void assertRoomIsMissed(ThrowingCallable call) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(call)
        .matches(failure -> failure.code() == ErrorCode.CAPACITY_EXHAUSTED)
        .matches(failure -> !String.valueOf(failure.getMessage()).contains(fake.memory.toString()))
        .withStackTraceContaining(fake.memory.toString());
  }

  @Test
  void aDirectoryOnADiskIsNotTakenForMemory() {
    FirecrackerSettings settings = fake.settings();
    Path onDisk = Path.of("").toAbsolutePath();

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () ->
                fake.node(
                    new FirecrackerSettings(
                        settings.machinesDir(),
                        new MemoryRoom(onDisk),
                        settings.cacheDir(),
                        settings.host(),
                        settings.capacity())))
        .withMessageContaining("must not reach a disk");
  }

  @Test
  void aDirectoryThatOthersComeToIsNotTakenForMemory() throws Exception {
    Files.setPosixFilePermissions(fake.memory, PosixFilePermissions.fromString("rwx--x---"));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> fake.node(fake.settings()))
        .withMessageContaining("chmod 700")
        .matches(failure -> failure.code() == ErrorCode.CONFIGURATION_INVALID);
  }

  @Test
  void aMachineOfAnotherCpuOrVersionWaitsForIt() throws Exception {
    MachineId id = paused();
    FirecrackerHost host = fake.settings().host();

    refused(id, fake.settings(new FirecrackerHost(host.firecracker(), "Another", "6.1.0")));
    FirecrackerVersion newer = new FirecrackerVersion("1.17.0", "v12.0.0");
    refused(id, fake.settings(new FirecrackerHost(newer, host.cpu(), host.kernel())));
  }

  @Test
  void aMachineWhoseBaseImageIsGoneWaitsForIt() throws Exception {
    MachineId id = paused();
    Files.delete(fake.cache.resolve("images").resolve(FakeInstallation.IMAGE).resolve("base.img"));

    refused(id, fake.settings());
  }

  @Test
  void aResumeThatFailsLeavesNoHalfStartedMachineAndTheFiles() throws Exception {
    MachineId id = paused();
    fake.install("1.15.1", Set.of(Fault.LOAD_FAILS));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () -> fake.node(fake.settings()).paused().resume(id, MachineId.random(), "", SEAL))
        .matches(failure -> !String.valueOf(failure.getMessage()).contains("told to fail"))
        .withStackTraceContaining("told to fail");

    assertNothingRuns();
    assertThat(fake.node(fake.settings()).paused().whole()).containsExactly(id);
  }

  @Test
  void aStateThatFirecrackerRefusesIsThePausedSandboxsAndNoTemplates() throws Exception {
    MachineId id = paused();
    // It takes no snapshot of the version that this host is said to have.
    fake.install("1.17.0", Set.of());

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () -> fake.node(fake.settings()).paused().resume(id, MachineId.random(), "", SEAL))
        .matches(failure -> failure.code() == ErrorCode.PAUSED_STATE_DAMAGED)
        .withStackTraceContaining("Invalid data version");

    assertNothingRuns();
  }

  private MachineId paused() {
    try (Machine machine = fake.driver(fake.settings()).clone(MachineId.random(), golden)) {
      machine.pause(SEAL);
      return machine.id();
    }
  }

  private void refused(MachineId id, FirecrackerSettings settings) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> fake.node(settings).paused().resume(id, MachineId.random(), "", SEAL))
        .matches(failure -> failure.code() == ErrorCode.PAUSED_STATE_INCOMPATIBLE);
    assertNothingRuns();
  }

  private void assertNothingRuns() {
    assertThat(fake.vmms.living()).isEmpty();
    assertThat(fake.machines).isEmptyDirectory();
    assertThat(fake.memory).isEmptyDirectory();
  }

  private static String run(Guest guest, String line) {
    return guest
        .run(new Command(line, "root", Optional.empty(), Map.of(), Optional.empty()))
        .stdout();
  }
}
