package io.omnirun.core;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenRecipes;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.GoldenSnapshots;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which golden snapshots are ready. Missing ones are built beside the create path, one after
 * another: a build fills a core. Thread-safe.
 */
public final class GoldenCatalog implements GoldenSnapshots {
  private static final Logger log = LoggerFactory.getLogger(GoldenCatalog.class);

  private record Key(String template, SizeClass size) {}

  private final GoldenRecipes recipes;
  private final GoldenBuilder builder;
  private final Map<Key, GoldenSnapshot> ready = new ConcurrentHashMap<>();
  private final Map<Key, String> failures = new ConcurrentHashMap<>();

  public GoldenCatalog(GoldenRecipes recipes, GoldenBuilder builder) {
    this.recipes = recipes;
    this.builder = builder;
  }

  /**
   * Makes one snapshot ready, building what is missing: blocks for minutes then.
   *
   * @param progress is told each step as it begins
   * @throws OmniRunException TEMPLATE_BUILD_FAILED
   */
  public GoldenSnapshot prepare(Template template, SizeClass size, Consumer<String> progress) {
    GoldenRecipe recipe = recipes.recipe(template, size, progress);
    GoldenSnapshot snapshot = builder.find(recipe).orElseGet(() -> builder.build(recipe, progress));
    builder.load(snapshot);
    ready.put(new Key(template.name(), size), snapshot);
    return snapshot;
  }

  /** Makes all snapshots ready in the background; one that fails does not stop the others. */
  public void prepareInBackground(
      Templates templates, BiConsumer<Template, GoldenSnapshot> onReady) {
    Thread.ofVirtual().name("golden-builder").start(() -> prepareAll(templates, onReady));
  }

  private void prepareAll(Templates templates, BiConsumer<Template, GoldenSnapshot> onReady) {
    prepareEach(templates, onReady);
    if (failures.isEmpty()) {
      releaseOthers();
    }
  }

  /**
   * What this server does not want was wanted by one before it: an earlier agent's or template's.
   * Only when all are ready is it known which those are.
   */
  private void releaseOthers() {
    try {
      builder.releaseAllBut(ready.values());
    } catch (RuntimeException e) {
      log.warn("snapshots of no use are still held, the next start lets them go", e);
    }
  }

  private void prepareEach(Templates templates, BiConsumer<Template, GoldenSnapshot> onReady) {
    for (Template template : templates.all()) {
      for (SizeClass size : template.sizes()) {
        try {
          onReady.accept(
              template, prepare(template, size, step -> log.info("{}: {}", template.name(), step)));
        } catch (RuntimeException e) {
          failures.put(new Key(template.name(), size), String.valueOf(e.getMessage()));
          log.error("template {} cannot be made ready", template.name(), e);
        }
      }
    }
  }

  @Override
  public GoldenSnapshot ready(Template template, SizeClass size) {
    Key key = new Key(template.name(), size);
    GoldenSnapshot snapshot = ready.get(key);
    if (snapshot != null) {
      return snapshot;
    }
    throw new OmniRunException(
        ErrorCode.TEMPLATE_NOT_READY,
        failures.containsKey(key)
            ? "the template could not be built; the server's log says why"
            : "the template is still being built; try again in a minute");
  }
}
