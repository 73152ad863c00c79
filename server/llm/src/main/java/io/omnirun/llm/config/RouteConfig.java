package io.omnirun.llm.config;

/**
 * A way to a model.
 *
 * @param model what the provider calls it
 * @param weight how often it is taken, compared to the model's other routes
 */
public record RouteConfig(ProviderConfig provider, String model, int weight) {}
