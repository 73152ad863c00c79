package io.omnirun.llm.provider;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.RouteConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Puts the ways to a model in an order: by weight and chance, those that have failed lately behind
 * the others, then those of the fallbacks. Thread-safe.
 */
final class Planner {
  private final Cooling cooling;
  private final IntUnaryOperator chance;

  /**
   * @param chance a number from 0 to below the given one
   */
  Planner(Cooling cooling, IntUnaryOperator chance) {
    this.cooling = cooling;
    this.chance = chance;
  }

  List<Candidate> plan(ModelConfig model, List<ModelConfig> fallbacks) {
    List<Candidate> cool = new ArrayList<>();
    List<Candidate> hot = new ArrayList<>();
    List<ModelConfig> all = new ArrayList<>(List.of(model));
    all.addAll(fallbacks);
    for (ModelConfig each : all) {
      for (RouteConfig route : shuffled(each.routes())) {
        (cooling.isHot(route) ? hot : cool).add(new Candidate(each, route));
      }
    }
    cool.addAll(hot);
    return cool;
  }

  private List<RouteConfig> shuffled(List<RouteConfig> routes) {
    List<RouteConfig> left = new ArrayList<>(routes);
    List<RouteConfig> order = new ArrayList<>();
    while (left.size() > 1) {
      order.add(left.remove(weighted(left)));
    }
    order.addAll(left);
    return order;
  }

  private int weighted(List<RouteConfig> routes) {
    int drawn = chance.applyAsInt(routes.stream().mapToInt(RouteConfig::weight).sum());
    int index = 0;
    while (drawn >= routes.get(index).weight()) {
      drawn -= routes.get(index).weight();
      index++;
    }
    return index;
  }
}
