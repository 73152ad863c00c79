package io.omnirun.app;

import io.omnirun.core.Template;
import io.omnirun.core.Templates;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.images.ImageCache;
import io.omnirun.images.ImageRecipes;
import io.omnirun.images.TemplateCatalog;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.firecracker.FirecrackerNode;
import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Runs guests under KVM through the launcher of a configuration, from what the cache holds. It
 * takes the place of the server for as long: beside one that starts, a guest would be taken for an
 * orphan. Leaves nothing but, in the cache, the kernel in the form that Firecracker boots.
 */
final class GuestTrial {
  private final ServerConfig config;

  GuestTrial(ServerConfig config) {
    this.config = config;
  }

  /** Blocks for the guests, half a minute at most for each that hangs. */
  Trials run() {
    try {
      String owner = Files.getOwner(config.stateDir()).getName();
      if (!owner.equals(System.getProperty("user.name"))) {
        return Trials.none("only " + owner + ", who owns the state directory, can");
      }
      try (StateLock lock = StateLock.take(config.stateDir())) {
        return tryGuests();
      }
    } catch (OmniRunException e) {
      return Trials.none(HostDetailException.inFull(e));
    } catch (IOException e) {
      return Trials.none("the state directory cannot be used (" + e + ")");
    }
  }

  private Trials tryGuests() throws IOException {
    Path machinesDir = Files.createDirectories(config.stateDir().resolve("machines"));
    TemplateCatalog catalog = TemplateCatalog.load(config.templatesDir());
    ImageCache cache = new ImageCache(config.cacheDir(), config.agentBinary());
    ImageRecipes recipes = new ImageRecipes(catalog, cache);
    Optional<GoldenRecipe> recipe = cachedRecipe(TemplateLoader.load(catalog, config), recipes);
    if (recipe.isEmpty()) {
      return Trials.none("kernel and image are not built yet, which omnirun build does");
    }
    try (QemuHost host = new QemuHost(config.launcherSocket(), machinesDir, config.cacheDir())) {
      HostCapacity capacity =
          new HostCapacity(machinesDir, config.memoryReserveMib(), config.diskReserveMib());
      FirecrackerWiring firecracker = new FirecrackerWiring(config, host, capacity, recipes, cache);
      return Trials.run(
          obstacle(host),
          () -> probe(firecracker.node(machinesDir).orElseThrow(), recipe.get()),
          () -> host.tryKvm(images(recipe.get()), recipes));
    }
  }

  private Optional<String> obstacle(QemuHost host) {
    return config.vmm().allows(Vmm.FIRECRACKER)
        ? VmmChoice.obstacle(config.accelerator(), host.info())
        : Optional.of("the configuration says QEMU");
  }

  private static ProbeResult probe(FirecrackerNode node, GoldenRecipe recipe) {
    try (node) {
      return node.probe(recipe.kernel(), recipe.image());
    }
  }

  private static QemuHost.ProbeImages images(GoldenRecipe recipe) {
    return new QemuHost.ProbeImages(recipe.kernel(), recipe.image());
  }

  /** Of any template: nothing of its image is run. */
  private static Optional<GoldenRecipe> cachedRecipe(Templates templates, ImageRecipes recipes) {
    for (Template template : templates.all()) {
      Optional<GoldenRecipe> recipe = recipes.findRecipe(template, template.defaultSize());
      if (recipe.isPresent()) {
        return recipe;
      }
    }
    return Optional.empty();
  }
}
