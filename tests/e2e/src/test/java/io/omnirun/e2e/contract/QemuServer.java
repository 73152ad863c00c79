package io.omnirun.e2e.contract;

import io.omnirun.core.Template;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.images.ImageCache;
import io.omnirun.images.ImageRecipes;
import io.omnirun.images.TemplateCatalog;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.qemu.AcceleratorChoice;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.Accelerator;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** What a server has of QEMU, wired as it does, in this process. Closing it leaves the machines. */
final class QemuServer implements AutoCloseable {
  /** The system property that names a server's configuration. */
  static final String CONFIGURATION = "omnirun.contract.configuration";

  private static final String TEMPLATE = "base";

  /** The same wherever the contract is run; a KVM that hangs its guests would only cost time. */
  private static final AcceleratorChoice TCG =
      new AcceleratorChoice(Accelerator.TCG, "the contract is run under it");

  private final QemuHost host;
  private final TemplateCatalog catalog;
  private final ImageRecipes recipes;
  private final HostCapacity capacity;
  private final QemuHost.Machines machines;

  /**
   * @param pausedDir exists
   * @param diskReserveMib what must stay free
   */
  QemuServer(Path pausedDir, int diskReserveMib) {
    this.capacity = new HostCapacity(machinesDir(), 0, diskReserveMib);
    this.catalog = TemplateCatalog.load(path("templates.dir"));
    this.recipes =
        new ImageRecipes(catalog, new ImageCache(path("cache.dir"), path("agent.binary")));
    this.host = new QemuHost(path("launcher.socket"), machinesDir(), path("cache.dir"));
    this.machines = host.machines(TCG, capacity, pausedDir);
  }

  /** Exists, where the launcher looks for it. */
  static Path machinesDir() {
    try {
      return Files.createDirectories(path("state.dir").resolve("machines"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the snapshot of that hash is. */
  static Path goldenDirectory(String hash) {
    return path("cache.dir").resolve("golden").resolve(hash);
  }

  private static Path path(String key) {
    Path file = Path.of(System.getProperty(CONFIGURATION));
    try (Reader reader = Files.newBufferedReader(file)) {
      Properties configuration = new Properties();
      configuration.load(reader);
      return Path.of(configuration.getProperty(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  MachineDriver driver() {
    return machines.driver();
  }

  PausedMachines paused() {
    return machines.paused();
  }

  GoldenBuilder builder() {
    return host.goldenBuilder(TCG, capacity, recipes);
  }

  /** Of the smallest template; its kernel and its image are made if they are not there. */
  GoldenRecipe recipe() {
    io.omnirun.images.Template definition = catalog.find(TEMPLATE).orElseThrow();
    Template template =
        new Template(
            definition.name(),
            definition.aliases(),
            definition.sizes(),
            definition.defaultTimeout(),
            definition.env(),
            0);
    return recipes.recipe(template, template.defaultSize(), step -> {});
  }

  @Override
  public void close() {
    host.close();
  }
}
