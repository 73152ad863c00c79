package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.MachineDirectories;
import io.omnirun.machine.disk.SparseCopy;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.PausedFiles;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import io.omnirun.model.Vmm;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Machines of Firecracker, always under KVM. Thread-safe. */
final class FirecrackerDriver implements MachineDriver {
  static final String ACCELERATOR = Accelerator.KVM.text();

  private final FirecrackerSettings settings;
  private final Vmms vmms;
  private final GuestResources guests;
  private final FirecrackerGoldens goldens;
  private final FirecrackerPausing pausing;
  private final String reason;

  /**
   * What a paused machine is made from again.
   *
   * @param disk the rest of its file: the shape was read
   * @param memory state and memory
   * @param turn is given back when all is loaded
   */
  record Restoration(
      MachineId id,
      MachineShape shape,
      DataInputStream disk,
      DataInputStream memory,
      StateTransfers.Place turn) {}

  /**
   * @param reason how it came to this VMM, for people
   */
  FirecrackerDriver(
      FirecrackerSettings settings,
      Vmms vmms,
      GuestResources guests,
      FirecrackerPausing pausing,
      String reason) {
    this.settings = settings;
    this.vmms = new MappingVmms(vmms, settings.memory());
    this.guests = guests;
    this.goldens = new FirecrackerGoldens(settings.cacheDir(), settings.host());
    this.pausing = pausing;
    this.reason = reason;
  }

  @Override
  public MachinePlatform platform() {
    return new MachinePlatform(
        new MachineKind(Vmm.FIRECRACKER, Accelerator.KVM),
        settings.host().firecracker().version(),
        reason);
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    FirecrackerGoldens.Golden source = goldens.open(golden);
    settings.capacity().check(VmmLimits.worstCaseMib(golden.size()));
    Cleanup cleanup = new Cleanup();
    try {
      FirecrackerDirectory directory = layOut(id, cleanup);
      // A reflink where the file system has them.
      SparseCopy.copy(source.files().disk(), source.disk(), directory.disk());
      shapeOf(source.image(), golden.size()).save(directory.shape());
      VmmStart wanted =
          VmmStart.clone(
              id, golden.size(), source.image(), golden.hash(), Files.size(directory.disk()));
      RunningVmm vmm = RunningVmm.start(vmms, directory, wanted, cleanup);
      load(vmm, FirecrackerDirectory.GOLDEN_STATE, FirecrackerDirectory.GOLDEN_MEMORY);
      directory.closeToVmm();
      vmm.api().patch("/vm", ApiBodies.VmState.RESUMED);
      return machine(
          directory, vmm, GuestConnection.toClone(guests, directory.guestPath(), vmm.ended()));
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(
              ErrorCode.NO_SPACE, "the machine's files could not be made on this server", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  private MachineShape shapeOf(String image, SizeClass size) {
    return new MachineShape(settings.host().vmm(), ACCELERATOR, image, size);
  }

  private FirecrackerDirectory layOut(MachineId id, Cleanup cleanup) throws IOException {
    FirecrackerDirectory directory = FirecrackerDirectory.of(settings.machinesDir(), id);
    cleanup.add(directory::delete);
    directory.create();
    MemoryDirectory memory = memoryOf(id);
    cleanup.add(memory::delete);
    memory.create();
    return directory;
  }

  private MemoryDirectory memoryOf(MachineId id) {
    return settings.memory().of(id);
  }

  /**
   * The memory is mapped privately: a clone's pages come from the page cache that all clones share.
   * The machine stands still afterwards.
   */
  private static void load(RunningVmm vmm, String state, String memory) {
    vmm.api().put("/snapshot/load", ApiBodies.SnapshotLoad.ofFiles(state, memory));
  }

  /** A snapshot that opens with its key and that Firecracker refuses is no template's fault. */
  private static void loadPaused(RunningVmm vmm) {
    try {
      load(vmm, FirecrackerDirectory.STATE, FirecrackerDirectory.MEMORY);
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.TEMPLATE_NOT_READY) {
        throw e;
      }
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_DAMAGED,
          "Firecracker has no use for what was kept of the paused sandbox: it cannot be resumed"
              + " unless its files are brought back",
          e);
    }
  }

  private FirecrackerMachine machine(
      FirecrackerDirectory directory, RunningVmm vmm, GuestConnection connection) {
    return new FirecrackerMachine(directory, settings.memory(), vmms, vmm, connection, pausing);
  }

  /** Makes a paused machine anew. When this fails nothing is left. */
  Machine restore(Restoration restoration, String accessToken) throws IOException {
    MachineShape shape = restoration.shape();
    shape.requireFits(settings.host().vmm(), ACCELERATOR);
    requireImage(shape);
    try (HostCapacity.Reservation memory =
            settings.capacity().reserveMemory(VmmLimits.worstCaseOfResumedMib(shape.size()));
        MemoryRoom.Reservation room =
            settings.memory().reserveForResume(restoration.id(), shape.size().memoryMib())) {
      return restore(restoration, accessToken, memory, room);
    }
  }

  private Machine restore(
      Restoration restoration,
      String accessToken,
      HostCapacity.Reservation memory,
      MemoryRoom.Reservation room)
      throws IOException {
    MachineShape shape = restoration.shape();
    MachineId id = restoration.id();
    Cleanup cleanup = new Cleanup();
    try {
      FirecrackerDirectory directory = layOut(id, cleanup);
      // All of it before a VMM is started: what is damaged never becomes half a machine.
      fill(restoration, directory, memoryOf(id));
      directory.markResumed();
      VmmStart wanted =
          VmmStart.resume(id, shape.size(), shape.image(), Files.size(directory.disk()));
      RunningVmm vmm = RunningVmm.start(vmms, directory, wanted, cleanup);
      // Before it maps the memory: what it has of that is kept then, whatever fails.
      room.keep();
      loadPaused(vmm);
      directory.closeToVmm();
      // The VMM has it mapped, and nobody else shall open it any more.
      memoryOf(id).clear();
      // It is written, and a guest that does not answer at once must not count twice meanwhile.
      memory.close();
      restoration.turn().close();
      vmm.api().patch("/vm", ApiBodies.VmState.RESUMED);
      return machine(
          directory,
          vmm,
          GuestConnection.toResumed(guests, directory.guestPath(), accessToken, vmm.ended()));
    } catch (IOException e) {
      throw cleanup.runAfter(e);
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  private void requireImage(MachineShape shape) {
    if (!Files.isRegularFile(BaseImageFile.of(settings.cacheDir(), shape.image()).path())) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "the base image %s that the sandbox was paused with is not in this server's cache any more: its operator must bring that back"
              .formatted(shape.image()));
    }
  }

  private static void fill(
      Restoration restoration, FirecrackerDirectory directory, MemoryDirectory memory)
      throws IOException {
    restoration.shape().save(directory.shape());
    read(restoration.disk(), directory.disk());
    requireEnd(restoration.disk());
    read(restoration.memory(), memory.state());
    read(restoration.memory(), memory.memory());
    requireEnd(restoration.memory());
    memory.letVmmRead();
  }

  private static void read(DataInputStream source, Path target) throws IOException {
    SparseStream.create(source, target);
    SparseStream.fill(source, target);
  }

  /** Only the end of a sealed file tells that nothing of it is missing. */
  private static void requireEnd(DataInputStream file) throws IOException {
    if (file.read() >= 0) {
      throw new IOException("a file of a paused machine is longer than what it holds");
    }
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    FirecrackerDirectory directory = FirecrackerDirectory.of(settings.machinesDir(), id);
    if (directory.isResumed()) {
      // First: as long as its VMM lives it has the memory, whether it answers or not.
      MachineShape shape = PausedFiles.shapeOfRunning(directory.shape());
      settings.memory().keep(id, shape.size().memoryMib());
    }
    Cleanup cleanup = new Cleanup();
    try {
      RunningVmm vmm = RunningVmm.adopt(vmms, directory, cleanup);
      // A server that was killed in the midst of a pause has left the vCPUs stopped, and a copy of
      // the memory.
      memoryOf(id).clear();
      vmm.api().patch("/vm", ApiBodies.VmState.RESUMED);
      return machine(
          directory,
          vmm,
          GuestConnection.toAdopted(guests, directory.guestPath(), accessToken, vmm.ended()));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  @Override
  public Set<MachineId> found() {
    Set<MachineId> found = new HashSet<>(MachineDirectories.list(settings.machinesDir()));
    found.addAll(MachineDirectories.list(settings.memory().directory()));
    found.addAll(living());
    return found;
  }

  @Override
  public Set<MachineId> living() {
    return vmms.living();
  }

  @Override
  public void remove(MachineId id) {
    vmms.kill(id);
    memoryOf(id).delete();
    FirecrackerDirectory.of(settings.machinesDir(), id).delete();
  }
}
