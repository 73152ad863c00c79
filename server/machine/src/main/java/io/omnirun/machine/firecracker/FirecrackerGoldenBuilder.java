package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.guest.link.LinkConnection;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity.Reservation;
import io.omnirun.machine.TemplateGuest;
import io.omnirun.machine.disk.DataExtents;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;

/** Golden snapshots of Firecracker: boots, warms and freezes machines. Thread-safe. */
public final class FirecrackerGoldenBuilder implements GoldenBuilder {
  private static final Duration BOOT_LIMIT = Duration.ofMinutes(2);
  private static final Duration FREEZE_LIMIT = Duration.ofMinutes(1);

  private static final long BYTES_PER_MIB = 1024L * 1024;

  private final FirecrackerSettings settings;
  private final Vmms vmms;
  private final GuestResources guests;
  private final KernelFiles.Source kernels;
  private final BlankDisks blankDisks;
  private final FirecrackerGoldens goldens;
  private final FirecrackerGoldenHash hashes;

  public FirecrackerGoldenBuilder(
      FirecrackerSettings settings,
      Vmms vmms,
      GuestResources guests,
      KernelFiles.Source kernels,
      BlankDisks blankDisks) {
    this.settings = settings;
    this.vmms = vmms;
    this.guests = guests;
    this.kernels = kernels;
    this.blankDisks = blankDisks;
    this.goldens = new FirecrackerGoldens(settings.cacheDir(), settings.host());
    this.hashes = new FirecrackerGoldenHash(settings.host());
  }

  @Override
  public Optional<GoldenSnapshot> find(GoldenRecipe recipe) {
    GoldenSnapshot snapshot = snapshot(recipe);
    return Optional.of(snapshot).filter(it -> goldens.has(it.hash()));
  }

  private GoldenSnapshot snapshot(GoldenRecipe recipe) {
    return new GoldenSnapshot(hashes.of(recipe), recipe.template(), recipe.size());
  }

  /** Files that are read are in the host's page cache, which is all that is held. */
  @Override
  public void load(GoldenSnapshot snapshot) {
    goldens.open(snapshot);
  }

  /** The page cache frees itself. */
  @Override
  public void releaseAllBut(Collection<GoldenSnapshot> wanted) {}

  @Override
  public GoldenSnapshot build(GoldenRecipe recipe, Consumer<String> progress) {
    Optional<GoldenSnapshot> existing = find(recipe);
    if (existing.isPresent()) {
      return existing.get();
    }
    settings.capacity().check(recipe.size().memoryMib());
    Cleanup cleanup = new Cleanup();
    try (Reservation space =
        settings.capacity().reserveDisk(recipe.size().memoryMib() * BYTES_PER_MIB)) {
      GoldenSnapshot made = make(recipe, progress, cleanup);
      cleanup.runAll();
      return made;
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(ErrorCode.NO_SPACE, "the golden snapshot could not be written", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  private GoldenSnapshot make(GoldenRecipe recipe, Consumer<String> progress, Cleanup cleanup)
      throws IOException {
    FirecrackerDirectory directory =
        FirecrackerDirectory.of(settings.machinesDir(), MachineId.random());
    cleanup.add(directory::delete);
    BaseImageFile image = BaseImageFile.of(settings.cacheDir(), recipe.image());
    RunningVmm vmm = RunningVmm.start(vmms, directory, layOut(directory, recipe, image), cleanup);
    progress.accept("booting %d MiB under Firecracker".formatted(recipe.size().memoryMib()));
    FirecrackerBoot.boot(directory, vmm.api(), recipe.size());
    freeze(directory, vmm, recipe, progress);
    vmms.kill(directory.machine());
    progress.accept("keeping the snapshot");
    GoldenSnapshot snapshot = snapshot(recipe);
    goldens.publish(snapshot.hash(), building -> keep(directory, snapshot, image, building));
    return snapshot;
  }

  private VmmStart layOut(FirecrackerDirectory directory, GoldenRecipe recipe, BaseImageFile image)
      throws IOException {
    KernelFiles kernel = kernels.of(recipe.kernel());
    directory.create();
    directory.memoryOfBoot().create();
    blankDisks.make(directory.disk(), recipe.size().diskMib());
    return VmmStart.boot(
        directory.machine(), recipe.size(), image.hash(), kernel, Files.size(directory.disk()));
  }

  /** The host's side of vsock is closed before: a snapshot kills what is open. */
  private void freeze(
      FirecrackerDirectory directory,
      RunningVmm vmm,
      GoldenRecipe recipe,
      Consumer<String> progress)
      throws IOException {
    try (GuestConnection connection = connect(directory)) {
      new TemplateGuest(connection).prepare(recipe, progress);
      progress.accept("freezing");
      connection.prepareSnapshot();
    }
    LinkConnection.awaitIdle(directory.guestPath().dialer(), FREEZE_LIMIT);
    vmm.api().patch("/vm", ApiBodies.VmState.PAUSED);
    directory.memoryOfBoot().letVmmWrite();
    vmm.api()
        .put(
            "/snapshot/create",
            ApiBodies.SnapshotCreate.full(FirecrackerDirectory.STATE, FirecrackerDirectory.MEMORY),
            FirecrackerApi.SNAPSHOT);
  }

  private GuestConnection connect(FirecrackerDirectory directory) {
    try {
      return GuestConnection.toBooting(guests, directory.guestPath(), BOOT_LIMIT);
    } catch (OmniRunException e) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_BUILD_FAILED, "step boot: the guest did not come up", e);
    }
  }

  private void keep(
      FirecrackerDirectory directory,
      GoldenSnapshot snapshot,
      BaseImageFile image,
      GoldenFiles building)
      throws IOException {
    MemoryDirectory written = directory.memoryOfBoot();
    written.letVmmRead();
    Files.move(written.state(), building.state());
    Files.move(written.memory(), building.memory());
    Files.move(directory.disk(), building.disk());
    DataExtents.scan(building.disk()).save(building.diskExtents());
    SnapshotManifest.of(snapshot.hash(), settings.host(), snapshot.size(), building, image)
        .save(building.manifest());
  }
}
