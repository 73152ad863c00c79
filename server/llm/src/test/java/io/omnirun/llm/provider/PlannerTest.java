package io.omnirun.llm.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.RouteConfig;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlannerTest {
  private static final ProviderConfig PROVIDER =
      TestModels.provider("p", URI.create("http://a.example"));

  private final Cooling cooling = new Cooling(() -> 0);
  private final List<Integer> bounds = new ArrayList<>();

  private static RouteConfig route(String model, int weight) {
    return new RouteConfig(PROVIDER, model, weight);
  }

  private static ModelConfig model(String id, RouteConfig... routes) {
    return new ModelConfig(id, List.of(routes), List.of(), Optional.empty());
  }

  private List<String> plan(List<Integer> drawn, ModelConfig model, ModelConfig... fallbacks) {
    List<Integer> left = new ArrayList<>(drawn);
    Planner planner =
        new Planner(
            cooling,
            bound -> {
              bounds.add(bound);
              return left.removeFirst();
            });
    return planner.plan(model, List.of(fallbacks)).stream().map(c -> c.route().model()).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, a, b, c",
    "0, 5, a, c, b",
    "1, 0, b, a, c",
    "5, 0, b, a, c",
    "5, 1, b, c, a",
    "6, 0, c, a, b",
    "9, 1, c, b, a"
  })
  void routesComeByTheirWeights(int first, int second, String one, String two, String three) {
    ModelConfig model = model("m", route("a", 1), route("b", 5), route("c", 4));
    assertThat(plan(List.of(first, second), model)).containsExactly(one, two, three);
    assertThat(bounds.getFirst()).isEqualTo(10);
  }

  @Test
  void oneRouteNeedsNoChance() {
    assertThat(plan(List.of(), model("m", route("a", 7)))).containsExactly("a");
    assertThat(bounds).isEmpty();
  }

  @Test
  void fallbacksComeBehindAllRoutesInTheirOrder() {
    ModelConfig model = model("m", route("a", 1), route("b", 1));
    ModelConfig second = model("n", route("c", 1), route("d", 1));
    ModelConfig third = model("o", route("e", 1));
    assertThat(plan(List.of(1, 0), model, second, third)).containsExactly("b", "a", "c", "d", "e");
  }

  @Test
  void aCandidateBelongsToTheModelThatIsAnsweringAndPaidFor() {
    ModelConfig model = model("m", route("a", 1));
    ModelConfig second = model("n", route("c", 1));
    assertThat(new Planner(cooling, bound -> 0).plan(model, List.of(second)))
        .extracting(candidate -> candidate.model().id())
        .containsExactly("m", "n");
  }

  @Test
  void whatFailedLatelyIsTriedAfterAllOthers() {
    RouteConfig hot = route("a", 1);
    for (int i = 0; i < Cooling.FAILURES; i++) {
      cooling.failed(hot);
    }
    ModelConfig model = model("m", hot, route("b", 1));
    ModelConfig second = model("n", route("c", 1));
    assertThat(plan(List.of(0), model, second)).containsExactly("b", "c", "a");
  }
}
