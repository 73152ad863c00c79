package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.core.ports.MachineDriver;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/**
 * Adoptions that fail may be tried again for as long as the VMM lives; with the FAKE Firecracker.
 */
class FailedAdoptionsTest extends FakeFirecrackerTest {
  /** More than the API has connections. */
  private static final int ATTEMPTS = 15;

  @Test
  void eachGivesItsConnectionBack() throws Exception {
    MachineId id = startedAndNoMore();
    MachineDriver driver = fake.driver(fake.settings());

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      assertThatExceptionOfType(OmniRunException.class)
          .isThrownBy(() -> driver.adopt(id, ""))
          .withStackTraceContaining("not supported before starting the microVM");
    }
  }

  @Test
  void oneThatDoesNotAnswerKeepsItsMemoryUntilItIsRemoved() throws Exception {
    MachineId id = startedAndNoMore();
    FirecrackerDirectory machine = FirecrackerDirectory.of(fake.machines, id);
    FirecrackerHost host = fake.settings().host();
    new MachineShape(
            host.vmm(),
            FirecrackerDriver.ACCELERATOR,
            FakeInstallation.IMAGE,
            FakeInstallation.SIZE)
        .save(machine.shape());
    machine.markResumed();
    Files.delete(machine.apiSocket());
    MemoryRoom room = new MemoryRoom(fake.memory, new Free(ROOM_FOR_ONE));
    MachineDriver driver = fake.driver(fake.settings(room));

    assertThatExceptionOfType(OmniRunException.class).isThrownBy(() -> driver.adopt(id, ""));
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> room.reserve(MachineId.random(), FakeInstallation.SIZE.memoryMib()))
        .matches(failure -> failure.code() == ErrorCode.CAPACITY_EXHAUSTED);

    driver.remove(id);
    room.reserve(MachineId.random(), FakeInstallation.SIZE.memoryMib()).close();
  }

  /** A VMM that has neither booted nor loaded anything. */
  private MachineId startedAndNoMore() throws IOException {
    FirecrackerDirectory machine = FirecrackerDirectory.of(fake.machines, MachineId.random());
    machine.create();
    Files.writeString(machine.disk(), "disk");
    MemoryDirectory.volatileOf(fake.memory, machine.machine()).create();
    VmmStart wanted =
        VmmStart.resume(
            machine.machine(),
            FakeInstallation.SIZE,
            FakeInstallation.IMAGE,
            Files.size(machine.disk()));
    RunningVmm.start(fake.vmms, machine, wanted, new Cleanup());
    return machine.machine();
  }
}
