package io.omnirun.testkit.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.model.Command;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every driver does, whatever its VMM. A subclass brings the driver and the names of files.
 * Nothing in here knows one.
 */
public abstract class MachineContract {
  /** More than any disk has: what a driver must keep free so that nothing fits any more. */
  protected static final int FULL_DISK_MIB = Integer.MAX_VALUE;

  /**
   * Where a guest keeps what tells it from others: the fake's guest has no other memory than this.
   */
  private static final String KEPT = "/mnt/kept";

  private static final ErrorCode UNREADABLE = ErrorCode.PAUSED_STATE_UNREADABLE;
  private static final PauseSeal SEAL = new PauseSeal(new byte[32], "sandbox of an account");

  /** An emulated guest takes seconds. */
  private static final Duration REACHED_LIMIT = Duration.ofMinutes(1);

  private final List<Machine> machines = new ArrayList<>();

  /** The driver, as a server has it. */
  protected abstract MachineDriver driver();

  /** The driver of the server after one that was killed; see {@link #leftByKilledServer}. */
  protected abstract MachineDriver driverOfNextServer();

  /**
   * A machine that a server made and ran a line in, which was killed then. Here that server is this
   * process, which keeps its connections: a driver whose VMM takes one client only needs a real
   * one.
   */
  protected MachineId leftByKilledServer(GoldenSnapshot golden, String line) {
    Machine machine = clone(golden);
    run(machine.guest(), line);
    return machine.id();
  }

  /** The machines that {@link #driver} has paused, as any server after it has them. */
  protected abstract PausedMachines pausedMachines();

  /** As {@link #driverOfNextServer}, where the disk has {@value #FULL_DISK_MIB} MiB too few. */
  protected abstract MachineDriver driverOnFullDisk();

  protected abstract Path pausedDir();

  protected abstract GoldenBuilder builder();

  /** Of the machines that are cloned. */
  protected abstract GoldenRecipe recipe();

  /** One of which this host has no snapshot yet. */
  protected GoldenRecipe newRecipe() {
    return recipe();
  }

  protected abstract Path machinesDir();

  /** Ends a VMM as a crash would. */
  protected abstract void crash(MachineId machine);

  /** One who overrides it to close more needs the annotation again. */
  @AfterEach
  protected void end() {
    machines.forEach(Machine::close);
  }

  private GoldenSnapshot golden() {
    return builder().build(recipe(), step -> {});
  }

  private Machine clone(GoldenSnapshot golden) {
    Machine machine = driver().clone(MachineId.random(), golden);
    machines.add(machine);
    return machine;
  }

  /** What a line of root's shell prints. */
  public static String run(Guest guest, String line) {
    return guest
        .run(new Command(line, "root", Optional.empty(), Map.of(), Optional.empty()))
        .stdout();
  }

  @Test
  void aTemplateIsBootedOnceAndLeavesNothingBehind() throws Exception {
    GoldenRecipe recipe = newRecipe();
    assertThat(builder().find(recipe)).isEmpty();
    List<String> steps = new ArrayList<>();

    GoldenSnapshot made = builder().build(recipe, steps::add);

    assertThat(steps).anyMatch(step -> step.startsWith("booting")).contains("freezing");
    assertThat(builder().find(recipe)).contains(made);
    List<String> again = new ArrayList<>();
    assertThat(builder().build(recipe, again::add)).isEqualTo(made);
    assertThat(again).isEmpty();
    assertThat(driver().found()).isEmpty();
    try (var left = Files.list(machinesDir())) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aCloneRunsCommandsAndEndsWithAllThatItHad() {
    Machine machine = clone(golden());

    assertThat(run(machine.guest(), "echo hello")).isEqualTo("hello\n");
    assertThat(driver().living()).containsExactly(machine.id());
    machine.close();

    assertThat(driver().living()).isEmpty();
    assertThat(driver().found()).isEmpty();
    assertThat(machinesDir().resolve(machine.id().value())).doesNotExist();
    assertThat(machine.ended()).succeedsWithin(30, TimeUnit.SECONDS);
    machine.close();
  }

  @Test
  void clonesDoNotSeeEachOther() throws Exception {
    GoldenSnapshot golden = golden();
    Machine one = clone(golden);
    Machine other = clone(golden);

    one.guest()
        .writeFile(
            "/tmp/mine", "root", new ByteArrayInputStream("1".getBytes(StandardCharsets.UTF_8)));

    assertThat(run(one.guest(), "cat /tmp/mine")).isEqualTo("1");
    assertThat(run(other.guest(), "ls /tmp")).doesNotContain("mine");
  }

  @Test
  void aStoppedMachineGoesOnWhereItWas() {
    Machine machine = clone(golden());
    run(machine.guest(), "echo kept >/tmp/kept");

    machine.pauseVcpus();
    machine.resumeVcpus();

    assertThat(run(machine.guest(), "cat /tmp/kept")).isEqualTo("kept\n");
  }

  @Test
  void aVmmThatDiesIsNoticed() {
    Machine machine = clone(golden());

    crash(machine.id());

    assertThat(machine.ended()).succeedsWithin(30, TimeUnit.SECONDS).asString().isNotEmpty();
    assertThat(driver().living()).isEmpty();
    assertThat(driver().found()).contains(machine.id());
    driver().remove(machine.id());
    assertThat(driver().found()).isEmpty();
  }

  @Test
  void theNextServerFindsAMachineAgain() {
    MachineId machine = leftByKilledServer(golden(), "echo kept >/tmp/kept");
    MachineDriver next = driverOfNextServer();

    assertThat(next.living()).containsExactly(machine);
    Machine adopted = next.adopt(machine, "");
    machines.add(adopted);

    assertThat(run(adopted.guest(), "cat /tmp/kept")).isEqualTo("kept\n");
    crash(machine);
    assertThat(adopted.ended()).succeedsWithin(30, TimeUnit.SECONDS);
    assertThatExceptionOfType(OmniRunException.class).isThrownBy(() -> next.adopt(machine, ""));
  }

  @Test
  void aSnapshotThatIsNotThereIsRefusedBeforeAnythingIsMade() {
    GoldenSnapshot made = golden();
    GoldenSnapshot missing = new GoldenSnapshot("0123456789abcdef", made.template(), made.size());

    assertThatExceptionOfType(OmniRunException.class).isThrownBy(() -> clone(missing));

    assertThat(driver().found()).isEmpty();
  }

  @Test
  void aPausedMachineGoesOnWhereItStoodStillAlsoUnderTheNextServer() throws Exception {
    Machine machine = paused();

    assertThat(driver().found()).isEmpty();
    PausedMachines paused = pausedMachines();
    assertThat(paused.whole()).containsExactly(machine.id());
    Machine resumed = resume(paused, machine.id());

    assertThat(run(resumed.guest(), "cat " + KEPT)).isEqualTo("a secret\n");
    assertThat(driver().living()).containsExactly(resumed.id());
    paused.delete(machine.id());
    assertThat(paused.found()).isEmpty();
    assertThat(run(resumed.guest(), "cat " + KEPT)).isEqualTo("a secret\n");
  }

  /** One that has said so and was closed. */
  private Machine paused() {
    Machine machine = clone(golden());
    run(machine.guest(), "echo a secret >" + KEPT + " && sync");
    machine.pause(SEAL);
    machine.close();
    return machine;
  }

  private Machine resume(PausedMachines paused, MachineId id) {
    Machine resumed = paused.resume(id, MachineId.random(), "", SEAL);
    machines.add(resumed);
    return resumed;
  }

  @Test
  void aMachineCanBePausedTwice() {
    Machine again = resume(pausedMachines(), paused().id());

    again.pause(SEAL);
    again.close();

    Machine last = resume(pausedMachines(), again.id());
    assertThat(run(last.guest(), "cat " + KEPT)).isEqualTo("a secret\n");
  }

  @Test
  void whatIsKeptOfAPausedMachineIsOpenToNobodyElse() throws Exception {
    Machine machine = paused();

    for (String file : List.of("ram", "disk", "key")) {
      byte[] kept = Files.readAllBytes(pausedFile(machine.id(), file));
      assertThat(new String(kept, StandardCharsets.ISO_8859_1)).doesNotContain("a secret");
    }
    refused(machine.id(), new PauseSeal(new byte[32], "another sandbox"), UNREADABLE);
    byte[] foreign = new byte[32];
    foreign[0] = 1;
    refused(machine.id(), new PauseSeal(foreign, SEAL.context()), UNREADABLE);
  }

  private Path pausedFile(MachineId id, String name) {
    return pausedDir().resolve(id.value()).resolve(name);
  }

  private void refused(MachineId id, PauseSeal seal, ErrorCode code) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> pausedMachines().resume(id, MachineId.random(), "", seal))
        .matches(failure -> failure.code() == code, code.name());
    assertThat(driver().found()).isEmpty();
  }

  @Test
  void filesThatWereCutOffOrChangedAreRefused() throws Exception {
    MachineId id = paused().id();

    for (String file : List.of("ram", "disk")) {
      Path path = pausedFile(id, file);
      byte[] whole = Files.readAllBytes(path);
      cutOffLastByte(path);
      refused(id, SEAL, ErrorCode.PAUSED_STATE_DAMAGED);
      Files.write(path, whole);
      changeByteInTheMiddle(path);
      refused(id, SEAL, ErrorCode.PAUSED_STATE_DAMAGED);
      Files.delete(path);
      refused(id, SEAL, UNREADABLE);
      Files.write(path, whole);
    }

    assertThat(run(resume(pausedMachines(), id).guest(), "cat " + KEPT)).isEqualTo("a secret\n");
  }

  private static void cutOffLastByte(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      file.truncate(file.size() - 1);
    }
  }

  private static void changeByteInTheMiddle(Path path) throws IOException {
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      long middle = file.size() / 2;
      file.read(one, middle);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      file.write(one, middle);
    }
  }

  @Test
  void aMachineThatFindsNoSpaceToBePausedRunsOn() {
    MachineId machine = leftByKilledServer(golden(), "echo a secret >" + KEPT);
    Machine crowded = driverOnFullDisk().adopt(machine, "");
    machines.add(crowded);

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> crowded.pause(SEAL))
        .matches(failure -> failure.code() == ErrorCode.NO_SPACE);
    crowded.runOn();

    assertIsReachedAgain(crowded);
    assertThat(pausedMachines().found()).isEmpty();
  }

  @Test
  void aPauseThatIsTakenBackLeavesNothingButTheMachine() {
    Machine machine = clone(golden());
    run(machine.guest(), "echo a secret >" + KEPT);

    machine.pause(SEAL);
    machine.runOn();

    assertThat(pausedMachines().found()).isEmpty();
    assertIsReachedAgain(machine);
  }

  /** A moment later: the way to the guest is laid anew beside the call. */
  private static void assertIsReachedAgain(Machine machine) {
    await()
        .ignoreExceptions()
        .atMost(REACHED_LIMIT)
        .untilAsserted(
            () -> assertThat(run(machine.guest(), "cat " + KEPT)).isEqualTo("a secret\n"));
  }
}
