package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.GoldenRecipe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of the snapshots of a start. */
class TestGoldenCatalog {
  private static final Template BROKEN = template("broken");
  private static final Template BASE = template("base");

  private final FakeGoldenBuilder builder = new FakeGoldenBuilder();
  private final GoldenCatalog catalog =
      new GoldenCatalog(
          (template, size, progress) ->
              new GoldenRecipe(
                  template.name(),
                  size,
                  "kernel",
                  "image",
                  List.of(),
                  Optional.empty(),
                  Optional.empty()),
          builder,
          new Backoff(Duration.ofMillis(1), Duration.ofMillis(2)));

  @AfterEach
  void close() {
    catalog.close();
  }

  @Test
  void templateThatCouldNotBeMadeReadyIsTriedAgainUntilItIs() {
    builder.buildingBroken.refusals.set(3);
    Set<Template> announced = ConcurrentHashMap.newKeySet();
    catalog.prepareInBackground(
        new Templates(List.of(BROKEN)), (template, golden) -> announced.add(template));
    awaitReady(BROKEN);
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> announced.contains(BROKEN));
  }

  @Test
  void failureIsToldUntilTheTemplateIsReady() {
    builder.buildingBroken.refuseAll();
    prepare(BROKEN);
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> catalog.ready(BROKEN, Node.SMALL))
                    .hasMessageContaining("could not be built"));
    builder.buildingBroken.heal();
    awaitReady(BROKEN);
  }

  @Test
  void whatNoTemplateWantsAnyMoreIsReleasedWhenAllAreReady() {
    builder.held.add("hash of before");
    prepare(BROKEN, BASE);
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> !builder.held.contains("hash of before"));
    assertThat(builder.held).containsExactlyInAnyOrder("hash of broken", "hash of base");
  }

  @Test
  void nothingIsReleasedWhileATemplateIsNotReady() {
    builder.held.add("hash of broken");
    builder.buildingBroken.refuseAll();
    prepare(BROKEN, BASE);
    awaitReady(BASE);
    assertThat(builder.releases).hasValue(0);
    assertThat(builder.held).contains("hash of broken");
  }

  @Test
  void templatesAreReadyThoughNothingCanBeReleased() {
    builder.releasing.refuseAll();
    prepare(BASE);
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> builder.releases.get() == 1);
    assertThat(catalog.isReady(BASE, Node.SMALL)).isTrue();
  }

  @Test
  void othersAreReleasedWhenTheLastTemplateIsReadyAfterAll() {
    builder.held.add("hash of before");
    builder.buildingBroken.refuseAll();
    prepare(BROKEN, BASE);
    awaitReady(BASE);
    assertThat(builder.held).contains("hash of before");
    builder.buildingBroken.heal();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> builder.held.equals(Set.of("hash of broken", "hash of base")));
  }

  private void prepare(Template... templates) {
    catalog.prepareInBackground(new Templates(List.of(templates)), (template, golden) -> {});
  }

  private void awaitReady(Template template) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> catalog.isReady(template, Node.SMALL));
  }

  private static Template template(String name) {
    return new Template(name, List.of(), List.of(Node.SMALL), Duration.ofMinutes(5), Map.of(), 0);
  }
}
