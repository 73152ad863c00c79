package io.omnirun.machine.qemu;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.launcher.BootSpec;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Boots a machine from a kernel and a base image, warms it, and keeps what it was then.
 * Thread-safe.
 */
public final class QemuGoldenBuilder implements GoldenBuilder {
  private final QemuSettings settings;
  private final LauncherClient launcher;
  private final GuestResources guests;
  private final HeldGoldens held;
  private final BlankDisks blankDisks;
  private final GoldenHash hashes;
  private final GoldenShelf shelf;

  QemuGoldenBuilder(
      QemuSettings settings,
      LauncherClient launcher,
      GuestResources guests,
      HeldGoldens held,
      BlankDisks blankDisks,
      HostInfo host) {
    this.settings = settings;
    this.launcher = launcher;
    this.guests = guests;
    this.held = held;
    this.blankDisks = blankDisks;
    this.hashes = new GoldenHash(settings.accelerator(), host);
    this.shelf = new GoldenShelf(settings.cacheDir());
  }

  @Override
  public Optional<GoldenSnapshot> find(GoldenRecipe recipe) {
    GoldenSnapshot snapshot = snapshot(recipe);
    return shelf.directory(snapshot.hash()).exists() ? Optional.of(snapshot) : Optional.empty();
  }

  @Override
  public void load(GoldenSnapshot snapshot) {
    held.hold(snapshot);
  }

  @Override
  public void releaseAllBut(Collection<GoldenSnapshot> wanted) {
    held.releaseAllBut(wanted.stream().map(GoldenSnapshot::hash).collect(Collectors.toSet()));
  }

  private GoldenSnapshot snapshot(GoldenRecipe recipe) {
    return new GoldenSnapshot(hashes.of(recipe), recipe.template(), recipe.size());
  }

  @Override
  public GoldenSnapshot build(GoldenRecipe recipe, Consumer<String> progress) {
    Optional<GoldenSnapshot> existing = find(recipe);
    if (existing.isPresent()) {
      return existing.get();
    }
    MachineId id = MachineId.random();
    MachineDirectory directory = MachineDirectory.of(settings.machinesDir(), id);
    Cleanup cleanup = new Cleanup();
    try {
      shelf.removeAbandoned();
      settings.capacity().check(VmmLimits.worstCaseMib(recipe.size()));
      cleanup.add(directory::delete);
      directory.create();
      blankDisks.make(directory.disk(), recipe.size().diskMib());
      cleanup.add(() -> launcher.kill(id.value()));
      freeze(id, directory, recipe, progress);
      launcher.kill(id.value());
      progress.accept("keeping the snapshot");
      GoldenSnapshot snapshot = snapshot(recipe);
      shelf.publish(snapshot.hash(), new FrozenMachine(directory, recipe));
      directory.delete();
      return snapshot;
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(ErrorCode.NO_SPACE, "the golden snapshot could not be written", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  private void freeze(
      MachineId id, MachineDirectory directory, GoldenRecipe recipe, Consumer<String> progress)
      throws IOException {
    progress.accept(
        "booting " + recipe.size().memoryMib() + " MiB under " + settings.accelerator());
    launcher.boot(bootSpec(id, recipe, Files.size(directory.disk())));
    try (TemplateMachine machine = TemplateMachine.connect(guests, directory)) {
      machine.prepare(recipe, progress);
      progress.accept("freezing");
      machine.freeze(directory);
    }
  }

  private BootSpec bootSpec(MachineId id, GoldenRecipe recipe, long diskBytes) {
    return new BootSpec(
        id.value(),
        settings.accelerator().text(),
        recipe.size().vcpus(),
        recipe.size().memoryMib(),
        recipe.kernel(),
        recipe.image(),
        KernelCommandLine.TEXT,
        VmmLimits.of(recipe.size(), diskBytes));
  }
}
