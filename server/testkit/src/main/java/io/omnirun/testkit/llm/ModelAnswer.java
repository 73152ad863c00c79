package io.omnirun.testkit.llm;

import java.io.IOException;

/** How a request for a model is answered. */
@FunctionalInterface
public interface ModelAnswer {
  /** Called in the connection's thread. */
  void give(SeenRequest request, AnswerOutput output) throws IOException;

  /** What a model of that name does; one that is no {@link ModelName} is not found. */
  static ModelAnswer named(String model) {
    return ModelName.parse(model)
        .<ModelAnswer>map(NamedAnswer::new)
        .orElseGet(
            () ->
                (request, output) ->
                    output.json(404, request.dialect().error(404, "no such model: " + model)));
  }
}
