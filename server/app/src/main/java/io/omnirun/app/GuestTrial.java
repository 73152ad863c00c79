package io.omnirun.app;

import io.omnirun.core.Template;
import io.omnirun.core.Templates;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.images.ImageCache;
import io.omnirun.images.ImageRecipes;
import io.omnirun.images.TemplateCatalog;
import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.qemu.AcceleratorChoice;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.Accelerator;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Runs a guest under KVM through the launcher of a configuration, from what the cache holds. It
 * takes the place of the server for as long: beside one that starts, the guest would be taken for
 * an orphan. Leaves nothing.
 */
final class GuestTrial {
  private final ServerConfig config;

  GuestTrial(ServerConfig config) {
    this.config = config;
  }

  /** Blocks for the guest, half a minute at most if it hangs. */
  Trial run() {
    try {
      String owner = Files.getOwner(config.stateDir()).getName();
      if (!owner.equals(System.getProperty("user.name"))) {
        return Trial.notTried("only " + owner + ", who owns the state directory, can");
      }
      try (StateLock lock = StateLock.take(config.stateDir())) {
        return tryGuest();
      }
    } catch (OmniRunException e) {
      return Trial.notTried(HostDetailException.inFull(e));
    } catch (IOException e) {
      return Trial.notTried("the state directory cannot be used (" + e + ")");
    }
  }

  private Trial tryGuest() throws IOException {
    Path machinesDir = Files.createDirectories(config.stateDir().resolve("machines"));
    TemplateCatalog catalog = TemplateCatalog.load(config.templatesDir());
    ImageRecipes recipes =
        new ImageRecipes(catalog, new ImageCache(config.cacheDir(), config.agentBinary()));
    Optional<QemuHost.ProbeImages> images =
        cachedImages(TemplateLoader.load(catalog, config), recipes);
    if (images.isEmpty()) {
      return Trial.notTried("kernel and image are not built yet, which omnirun build does");
    }
    try (QemuHost host = new QemuHost(config.launcherSocket(), machinesDir, config.cacheDir())) {
      AcceleratorChoice choice = host.tryKvm(images.get(), recipes);
      return new Trial(
          choice.accelerator() == Accelerator.KVM ? Trial.Outcome.ANSWERED : Trial.Outcome.FAILED,
          choice.reason());
    }
  }

  /** Of any template: nothing of its image is run. */
  private static Optional<QemuHost.ProbeImages> cachedImages(
      Templates templates, ImageRecipes recipes) {
    for (Template template : templates.all()) {
      Optional<GoldenRecipe> recipe = recipes.findRecipe(template, template.defaultSize());
      if (recipe.isPresent()) {
        return recipe.map(found -> new QemuHost.ProbeImages(found.kernel(), found.image()));
      }
    }
    return Optional.empty();
  }
}
