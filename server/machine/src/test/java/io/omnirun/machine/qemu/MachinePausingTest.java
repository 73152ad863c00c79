package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.PausedDirectory;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Far less than the two minutes that a transfer may take: what fails breaks it off. */
@Timeout(60)
class MachinePausingTest {
  private static final MachineShape SHAPE =
      new MachineShape("qemu 7.2 hardware 1", "tcg", "image", new SizeClass(1, 64, 64));

  private static final PauseSeal SEAL = new PauseSeal(new byte[32], "test");

  @TempDir Path directory;
  private final MachineId id = MachineId.random();
  private MachineDirectory machine;
  private PausedShelf shelf;
  private MachinePausing pausing;
  private FakeVmm vmm;
  private QmpClient qmp;

  @BeforeEach
  void start() throws IOException {
    machine = MachineDirectory.of(directory, id);
    machine.create();
    Files.writeString(machine.disk(), "what is on the disk");
    Path paused = Files.createDirectory(directory.resolve("paused"));
    shelf = new PausedShelf(paused);
    pausing = new MachinePausing(shelf, new HostCapacity(directory, 0, 0), new StateTransfers());
    vmm = new FakeVmm(machine.qmpSocket());
    qmp = QmpClient.connect(machine);
  }

  @AfterEach
  void stop() throws IOException {
    qmp.close();
    vmm.close();
  }

  @Test
  void ramAndDiskAreInFilesThatOpen() throws IOException {
    vmm.onMigrate(
        () -> {
          try (SocketChannel channel = connect()) {
            channel.write(ByteBuffer.wrap("what is in RAM".getBytes()));
          }
          return "completed";
        });
    pausing.save(machine, SHAPE, qmp, SEAL);

    assertThat(shelf.whole()).containsExactly(id);
    PausedDirectory files = shelf.directory(id);
    DataKey key = DataKey.unwrap(Files.readAllBytes(files.key()), SEAL);
    try (SealedInput ram = SealedInput.open(files.ram(), key);
        DataInputStream disk = new DataInputStream(SealedInput.open(files.disk(), key))) {
      assertThat(new String(ram.readAllBytes())).isEqualTo("what is in RAM");
      assertThat(MachineShape.read(disk)).isEqualTo(SHAPE);
      Path copy = directory.resolve("copy");
      SparseStream.create(disk, copy);
      SparseStream.fill(disk, copy);
      assertThat(copy).hasSameBinaryContentAs(machine.disk());
    }
  }

  @Test
  void aDiskThatCannotBeReadBreaksTheTransferOfTheRamOff() throws IOException {
    Files.delete(machine.disk());
    vmm.onMigrate(this::waitUntilCutOff);
    assertThatThrownBy(() -> pausing.save(machine, SHAPE, qmp, SEAL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("disk.img");
    assertThat(shelf.list()).isEmpty();
  }

  @Test
  void ramThatIsRefusedIsTheReasonAndNotThatTheVmmHasFailed() {
    vmm.onMigrate(this::sendUntilCutOff);
    assertThatThrownBy(() -> pausing.save(machine, SHAPE, qmp, SEAL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a state of more than");
    assertThat(shelf.list()).isEmpty();
  }

  /** As one that hangs in the midst of it. */
  private String waitUntilCutOff() throws IOException {
    try (SocketChannel channel = connect()) {
      channel.read(ByteBuffer.allocate(1));
    }
    return "failed";
  }

  private String sendUntilCutOff() throws IOException {
    try (SocketChannel channel = connect()) {
      while (true) {
        channel.write(ByteBuffer.allocate(1 << 16));
      }
    }
  }

  @Test
  void aVmmThatFailsIsTheReasonWhenNothingElseIs() {
    vmm.onMigrate(() -> "failed");
    assertThatThrownBy(() -> pausing.save(machine, SHAPE, qmp, SEAL))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MACHINE_FAILED));
    assertThat(shelf.list()).isEmpty();
  }

  @Test
  void aTransferThatTakesTooLongIsCancelled() {
    vmm.onMigrate(this::waitUntilCutOff);
    assertThatThrownBy(
            () -> {
              try (StateReceiver receiver = StateReceiver.listen(machine.stateSocket())) {
                receiver.receiveInto(machine.state());
                qmp.saveAll("/out/state.sock", Duration.ofMillis(50));
              }
            })
        .hasMessageContaining("not transferred in time");
    assertThat(vmm.verbs()).endsWith("migrate", "migrate_cancel");
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(machine.stateSocket()));
  }
}
