package io.omnirun.images;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenRecipes;
import io.omnirun.model.Command;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says what golden snapshots are made from, making kernels, images and disks as they are needed.
 * Thread-safe.
 */
public final class ImageRecipes implements GoldenRecipes, BlankDisks {
  private final TemplateCatalog catalog;
  private final ImageCache cache;

  public ImageRecipes(TemplateCatalog catalog, ImageCache cache) {
    this.catalog = catalog;
    this.cache = cache;
  }

  @Override
  public GoldenRecipe recipe(
      io.omnirun.core.Template template, SizeClass size, Consumer<String> progress) {
    Template definition = definition(template);
    StepListener listener = new StepListener(progress);
    return recipe(
        definition,
        size,
        cache.kernel(listener).hash(),
        cache.baseImage(definition, listener).hash());
  }

  /** The recipe, if all that it names is made already. Makes nothing; may ask apt. */
  public Optional<GoldenRecipe> findRecipe(io.omnirun.core.Template template, SizeClass size) {
    Template definition = definition(template);
    return cache
        .findBaseImage(definition)
        .flatMap(
            image ->
                cache
                    .findKernel()
                    .map(kernel -> recipe(definition, size, kernel.hash(), image.hash())));
  }

  private Template definition(io.omnirun.core.Template template) {
    return catalog
        .find(template.name())
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.TEMPLATE_NOT_FOUND, "no template " + template.name()));
  }

  static GoldenRecipe recipe(Template definition, SizeClass size, String kernel, String image) {
    return new GoldenRecipe(
        definition.name(),
        size,
        kernel,
        image,
        definition.warmUp(),
        definition.startCommand().map(line -> command(line, definition)),
        definition.readyCommand().map(line -> command(line, definition)));
  }

  /** No identity has brought the template's variables to the golden machine yet. */
  private static Command command(String line, Template definition) {
    return new Command(line, "root", Optional.empty(), definition.env(), Optional.empty());
  }

  @Override
  public void make(Path target, int sizeMib) {
    cache.makeBlankDisk(target, sizeMib, BuildProgress.SILENT);
  }

  private record StepListener(Consumer<String> progress) implements BuildProgress {
    @Override
    public void step(String name) {
      progress.accept(name);
    }

    /** The programs' own output is kept for a failure; here it would only scroll. */
    @Override
    public void line(String output) {}

    @Override
    public void done(String name, Duration took) {
      progress.accept("%s: done in %.1f s".formatted(name, took.toMillis() / 1000.0));
    }
  }
}
