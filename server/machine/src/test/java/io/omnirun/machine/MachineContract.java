package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.model.Command;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private final List<Machine> machines = new ArrayList<>();

  /** The driver, as a server has it. */
  protected abstract MachineDriver driver();

  /** The same machines, as the next server has them. */
  protected abstract MachineDriver driverOfNextServer();

  protected abstract GoldenBuilder builder();

  protected abstract GoldenRecipe recipe();

  protected abstract Path machinesDir();

  /** Ends a VMM as a crash would. */
  protected abstract void crash(MachineId machine);

  @AfterEach
  void end() {
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

  protected static String run(Guest guest, String line) {
    return guest
        .run(new Command(line, "root", Optional.empty(), Map.of(), Optional.empty()))
        .stdout();
  }

  @Test
  void aTemplateIsBootedOnceAndLeavesNothingBehind() throws Exception {
    assertThat(builder().find(recipe())).isEmpty();
    List<String> steps = new ArrayList<>();

    GoldenSnapshot made = builder().build(recipe(), steps::add);

    assertThat(steps).anyMatch(step -> step.startsWith("booting")).contains("freezing");
    assertThat(builder().find(recipe())).contains(made);
    List<String> again = new ArrayList<>();
    assertThat(builder().build(recipe(), again::add)).isEqualTo(made);
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
    Machine machine = clone(golden());
    run(machine.guest(), "echo kept >/tmp/kept");
    MachineDriver next = driverOfNextServer();

    assertThat(next.living()).containsExactly(machine.id());
    Machine adopted = next.adopt(machine.id(), "");
    machines.add(adopted);

    assertThat(run(adopted.guest(), "cat /tmp/kept")).isEqualTo("kept\n");
    crash(machine.id());
    assertThat(adopted.ended()).succeedsWithin(30, TimeUnit.SECONDS);
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> next.adopt(machine.id(), ""));
  }

  @Test
  void aSnapshotThatIsNotThereIsRefusedBeforeAnythingIsMade() {
    GoldenSnapshot made = golden();
    GoldenSnapshot missing = new GoldenSnapshot("0123456789abcdef", made.template(), made.size());

    assertThatExceptionOfType(OmniRunException.class).isThrownBy(() -> clone(missing));

    assertThat(driver().found()).isEmpty();
  }
}
