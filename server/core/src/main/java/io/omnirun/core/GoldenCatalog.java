package io.omnirun.core;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenRecipes;
import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.GoldenSnapshots;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which golden snapshots are ready. Missing ones are built beside the create path, one after
 * another: a build fills a core. Thread-safe.
 */
public final class GoldenCatalog implements GoldenSnapshots, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GoldenCatalog.class);

  /** A full disk is cleared in minutes; a template that cannot be built must not fill a core. */
  private static final Backoff RETRY_PAUSES =
      new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(10));

  private record Key(String template, SizeClass size) {}

  private final GoldenRecipes recipes;
  private final GoldenBuilder builder;
  private final Deadlines timer;
  private final Retries retries;
  private final ReentrantLock building = new ReentrantLock();
  private final Map<Key, GoldenSnapshot> ready = new ConcurrentHashMap<>();
  private final Set<Key> failed = ConcurrentHashMap.newKeySet();

  public GoldenCatalog(GoldenRecipes recipes, GoldenBuilder builder) {
    this(recipes, builder, RETRY_PAUSES);
  }

  /**
   * @param retryPauses between attempts at a snapshot that could not be made ready
   */
  GoldenCatalog(GoldenRecipes recipes, GoldenBuilder builder, Backoff retryPauses) {
    this.recipes = recipes;
    this.builder = builder;
    this.timer = new Deadlines(Clock.systemUTC());
    this.retries = new Retries(timer, Clock.systemUTC(), retryPauses);
  }

  /**
   * Makes one snapshot ready, building what is missing: blocks for minutes then.
   *
   * @param progress is told each step as it begins
   * @throws OmniRunException TEMPLATE_BUILD_FAILED
   */
  public GoldenSnapshot prepare(Template template, SizeClass size, Consumer<String> progress) {
    Key key = new Key(template.name(), size);
    building.lock();
    try {
      GoldenRecipe recipe = recipes.recipe(template, size, progress);
      GoldenSnapshot snapshot =
          builder.find(recipe).orElseGet(() -> builder.build(recipe, progress));
      builder.load(snapshot);
      ready.put(key, snapshot);
      failed.remove(key);
      return snapshot;
    } catch (RuntimeException e) {
      failed.add(key);
      throw e;
    } finally {
      building.unlock();
    }
  }

  /**
   * Makes all snapshots ready in the background. One that fails does not stop the others: it is
   * tried again after growing pauses, until it is ready or this is closed.
   */
  public void prepareInBackground(
      Templates templates, BiConsumer<Template, GoldenSnapshot> onReady) {
    Thread.ofVirtual().name("golden-builder").start(() -> prepareAll(templates, onReady));
  }

  private void prepareAll(Templates templates, BiConsumer<Template, GoldenSnapshot> onReady) {
    Set<Key> wanted = new HashSet<>();
    templates.all().forEach(template -> wanted.addAll(keys(template)));
    for (Template template : templates.all()) {
      for (SizeClass size : template.sizes()) {
        retries.untilDone(
            "making template " + template.name() + " ready",
            () -> {
              onReady.accept(template, prepareAndLog(template, size));
              releaseOthersIfReady(wanted);
            });
      }
    }
  }

  private static List<Key> keys(Template template) {
    return template.sizes().stream().map(size -> new Key(template.name(), size)).toList();
  }

  private GoldenSnapshot prepareAndLog(Template template, SizeClass size) {
    return prepare(template, size, step -> log.info("{}: {}", template.name(), step));
  }

  /**
   * What this server does not want was wanted by one before it: an earlier agent's or template's.
   * Only when all are ready is it known which those are.
   */
  private void releaseOthersIfReady(Set<Key> wanted) {
    if (!ready.keySet().containsAll(wanted)) {
      return;
    }
    try {
      builder.releaseAllBut(ready.values());
    } catch (RuntimeException e) {
      log.warn("snapshots of no use are still held, the next start lets them go", e);
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
        failed.contains(key)
            ? "the template could not be built and is tried again; the server's log says why"
            : "the template is still being built; try again in a minute");
  }

  /** What is not ready is not tried any more; a build that is under way goes on. */
  @Override
  public void close() {
    timer.close();
  }
}
