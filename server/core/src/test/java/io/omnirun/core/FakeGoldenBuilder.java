package io.omnirun.core;

import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.core.ports.GoldenSnapshot;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A host on which snapshots are made by saying so. The fault of a template fails its builds. */
final class FakeGoldenBuilder implements GoldenBuilder {
  final Faults buildingBroken = new Faults();
  final Faults releasing = new Faults();
  final AtomicInteger releases = new AtomicInteger();

  /** What is held, as after a server that wanted something else. */
  final Set<String> held = ConcurrentHashMap.newKeySet();

  @Override
  public Optional<GoldenSnapshot> find(GoldenRecipe recipe) {
    return Optional.empty();
  }

  @Override
  public GoldenSnapshot build(GoldenRecipe recipe, Consumer<String> progress) {
    GoldenSnapshot snapshot = snapshot(recipe.template());
    return recipe.template().equals("broken") ? buildingBroken.call(() -> snapshot) : snapshot;
  }

  static GoldenSnapshot snapshot(String template) {
    return new GoldenSnapshot("hash of " + template, template, Node.SMALL);
  }

  @Override
  public void load(GoldenSnapshot snapshot) {
    held.add(snapshot.hash());
  }

  @Override
  public void releaseAllBut(Collection<GoldenSnapshot> wanted) {
    releases.incrementAndGet();
    releasing.call(() -> held.retainAll(wanted.stream().map(GoldenSnapshot::hash).toList()));
  }
}
