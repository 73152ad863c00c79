package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.model.MachineId;
import io.omnirun.testkit.firecracker.FakeFirecracker;
import io.omnirun.testkit.machine.MachineContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of drivers with a FAKE Firecracker; it says nothing about a real one. */
class FakeFirecrackerContractTest extends MachineContract {
  @TempDir Path directory;
  private FakeInstallation fake;

  @BeforeEach
  void layOut() throws IOException {
    fake = FakeInstallation.asRoot(directory);
  }

  @AfterEach
  void closeFake() {
    if (fake != null) {
      fake.close();
    }
  }

  @Override
  protected MachineDriver driver() {
    return fake.driver(fake.settings());
  }

  @Override
  protected PausedMachines pausedMachines() {
    return fake.node(fake.settings()).paused();
  }

  @Override
  protected MachineDriver driverOnFullDisk() {
    return fake.driver(fake.settings(fake.settings().host(), FULL_DISK_MIB));
  }

  @Override
  protected Path pausedDir() {
    return fake.paused;
  }

  @Override
  protected MachineDriver driverOfNextServer() {
    fake.vmms = fake.vmms();
    return driver();
  }

  @Override
  protected GoldenBuilder builder() {
    return fake.builder(fake.settings());
  }

  @Override
  protected GoldenRecipe recipe() {
    return FakeInstallation.recipe();
  }

  @Override
  protected Path machinesDir() {
    return fake.machines;
  }

  @Override
  protected void crash(MachineId machine) {
    fake.vmms.kill(machine);
  }

  @Test
  void whatAGuestSaysOnItsSerialPortIsNotKept() throws Exception {
    GoldenSnapshot golden = builder().build(recipe(), step -> {});
    try (Machine clone = driver().clone(MachineId.random(), golden)) {
      assertThat(fake.machines.resolve(clone.id().value()).resolve("vmm.log"))
          .content()
          .doesNotContain(FakeFirecracker.SAID_BY_GUEST);
    }
  }

  @Test
  void clonesShareMemoryAndBaseAndHaveDisksAndSocketsOfTheirOwn() throws Exception {
    GoldenSnapshot golden = builder().build(recipe(), step -> {});
    Path goldenMemory = directory.resolve("cache/golden-firecracker/" + golden.hash() + "/mem");
    long memoryBefore = Files.getLastModifiedTime(goldenMemory).toMillis();
    try (Machine one = driver().clone(MachineId.random(), golden);
        Machine other = driver().clone(MachineId.random(), golden)) {
      Path first = fake.machines.resolve(one.id().value());
      Path second = fake.machines.resolve(other.id().value());

      assertThat(first.resolve("memory").toRealPath()).isEmptyDirectory();
      assertThat(first.resolve("base/base.img").toRealPath())
          .isEqualTo(second.resolve("base/base.img").toRealPath());
      assertThat(Files.isSameFile(first.resolve("disk/disk.img"), second.resolve("disk/disk.img")))
          .isFalse();
      assertThat(first.resolve("disk/disk.img")).hasContent("blank");
      assertThat(
              Files.isSameFile(first.resolve("vmm/vsock.sock"), second.resolve("vmm/vsock.sock")))
          .isFalse();
      assertThat(run(one.guest(), "cat /mnt/booted-as"))
          .hasSize(32)
          .isEqualTo(run(other.guest(), "cat /mnt/booted-as"));
      assertThat(Files.getLastModifiedTime(goldenMemory).toMillis()).isEqualTo(memoryBefore);
    }
  }

  @Test
  void aCloneHasItsTemplatesBalloonThatTakesReports() throws Exception {
    GoldenSnapshot golden = builder().build(recipe(), step -> {});
    try (Machine clone = driver().clone(MachineId.random(), golden)) {
      FirecrackerDirectory directory = FirecrackerDirectory.of(fake.machines, clone.id());

      JsonNode balloon = new FirecrackerApi(directory.apiSocket()).get("/balloon");

      assertThat(balloon.path("free_page_reporting").asBoolean()).isTrue();
      assertThat(balloon.path("amount_mib").asInt(-1)).isZero();
    }
  }
}
