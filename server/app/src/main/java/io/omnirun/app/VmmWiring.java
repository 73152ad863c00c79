package io.omnirun.app;

import io.omnirun.core.Template;
import io.omnirun.core.Templates;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.images.ImageCache;
import io.omnirun.images.ImageRecipes;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.firecracker.FirecrackerMachines;
import io.omnirun.machine.firecracker.FirecrackerNode;
import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.qemu.AcceleratorChoice;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.Accelerator;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what machines run in, and makes what works with it. */
final class VmmWiring {
  private static final Logger log = LoggerFactory.getLogger(VmmWiring.class);

  private final ServerConfig config;
  private final QemuHost qemu;
  private final HostCapacity capacity;
  private final Images images;
  private final Resources resources;

  /** What machines are made from. */
  record Images(Templates templates, ImageRecipes recipes, ImageCache cache) {
    /** Of any template: nothing of its image is run. */
    private GoldenRecipe any() {
      Template template = templates.all().getFirst();
      return recipes.recipe(template, template.defaultSize(), log::info);
    }
  }

  /** What works with the chosen one. */
  record Machines(MachineDriver driver, PausedMachines paused, GoldenBuilder builder) {}

  /**
   * @param resources closes what is made
   */
  VmmWiring(
      ServerConfig config,
      QemuHost qemu,
      HostCapacity capacity,
      Images images,
      Resources resources) {
    this.config = config;
    this.qemu = qemu;
    this.capacity = capacity;
    this.images = images;
    this.resources = resources;
  }

  /**
   * Blocks for the guests that are tried, if there is a reason to try one.
   *
   * @param inUse what sandboxes of this node run in
   * @throws OmniRunException CONFIGURATION_INVALID if what was asked for cannot be had
   */
  Machines choose(Path machinesDir, Path pausedDir, Set<Vmm> inUse) {
    Optional<FirecrackerNode> firecracker =
        new FirecrackerWiring(config, qemu, capacity, images.recipes(), images.cache())
            .node(machinesDir)
            .map(resources::add);
    VmmChoice choice =
        VmmChoice.kept(config.vmm(), config.accelerator(), qemu.info(), inUse)
            .orElseGet(
                () ->
                    VmmChoice.of(
                        config.vmm(),
                        config.accelerator(),
                        qemu.info(),
                        () -> tryGuest(firecracker.orElseThrow())));
    log.info("machines run in {}: {}", choice.vmm(), choice.reason());
    return switch (choice.vmm()) {
      case QEMU -> ofQemu(pausedDir);
      case FIRECRACKER -> ofFirecracker(firecracker.orElseThrow(), pausedDir, choice.reason());
    };
  }

  private ProbeResult tryGuest(FirecrackerNode firecracker) {
    return FirecrackerTrial.run(
        () -> {
          GoldenRecipe recipe = images.any();
          return firecracker.probe(recipe.kernel(), recipe.image());
        });
  }

  private static Machines ofFirecracker(
      FirecrackerNode firecracker, Path pausedDir, String reason) {
    FirecrackerMachines machines = firecracker.machines(pausedDir, reason);
    return new Machines(machines.driver(), machines.paused(), firecracker.goldenBuilder());
  }

  private Machines ofQemu(Path pausedDir) {
    AcceleratorChoice accelerator = accelerator();
    QemuHost.Machines machines = qemu.machines(accelerator, capacity, pausedDir);
    return new Machines(
        machines.driver(),
        machines.paused(),
        qemu.goldenBuilder(accelerator, capacity, images.recipes()));
  }

  private AcceleratorChoice accelerator() {
    AcceleratorChoice choice =
        switch (config.accelerator()) {
          case "kvm" -> new AcceleratorChoice(Accelerator.KVM, "the configuration says so");
          case "tcg" -> new AcceleratorChoice(Accelerator.TCG, "the configuration says so");
          default -> qemu.chooseAccelerator(this::probeImages, images.recipes());
        };
    log.info("QEMU's machines run under {}: {}", choice.accelerator(), choice.reason());
    return choice;
  }

  private QemuHost.ProbeImages probeImages() {
    GoldenRecipe recipe = images.any();
    return new QemuHost.ProbeImages(recipe.kernel(), recipe.image());
  }
}
