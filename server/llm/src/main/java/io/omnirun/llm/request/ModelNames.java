package io.omnirun.llm.request;

/** Reads which model is asked for. */
public final class ModelNames {
  private static final int MAX_LENGTH = 256;

  private ModelNames() {}

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if none is named
   */
  public static String of(Values values) {
    String model =
        values
            .text("model")
            .orElseThrow(
                () ->
                    Problems.invalid("field \"model\" is missing; GET /llm/v1/models lists them"));
    if (model.isEmpty() || model.length() > MAX_LENGTH) {
      throw Problems.invalid("field \"model\" must have 1 to " + MAX_LENGTH + " characters");
    }
    return model;
  }
}
