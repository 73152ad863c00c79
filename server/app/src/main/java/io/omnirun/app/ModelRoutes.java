package io.omnirun.app;

import io.omnirun.http.Router;
import io.omnirun.llm.LlmAuthentication;

/** The routes of the LLM gateway, for callers of one kind. */
@FunctionalInterface
interface ModelRoutes {
  /** Those of a server that has no models: it lists none. */
  ModelRoutes NONE =
      (router, authentication) ->
          router.add(
              "GET",
              "/llm/v1/models",
              authentication.required(
                  (exchange, caller) ->
                      exchange.json(
                          200,
                          json -> {
                            json.writeStartObject();
                            json.writeStringField("object", "list");
                            json.writeArrayFieldStart("data");
                            json.writeEndArray();
                            json.writeEndObject();
                          })));

  /** Adds them. */
  void register(Router router, LlmAuthentication authentication);
}
