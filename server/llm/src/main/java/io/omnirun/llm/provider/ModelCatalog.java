package io.omnirun.llm.provider;

import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.LlmConfig.Alias;
import io.omnirun.llm.config.ModelConfig;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.OmniRunException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models that are served, by id, by other names, and by the bare name behind the first slash,
 * where only one has it. Immutable.
 */
public final class ModelCatalog {
  private final Map<String, ModelConfig> byId = new LinkedHashMap<>();
  private final Map<String, String> ids = new HashMap<>();
  private final boolean refusesUnknownPrice;

  public ModelCatalog(LlmConfig config) {
    this.refusesUnknownPrice = config.refusesUnknownPrice();
    config.models().forEach(model -> byId.put(model.id(), model));
    addBareNames();
    for (Alias alias : config.aliases()) {
      ids.put(alias.name(), alias.model());
    }
    byId.keySet().forEach(id -> ids.put(id, id));
  }

  private void addBareNames() {
    Map<String, Integer> counts = new HashMap<>();
    byId.keySet().forEach(id -> counts.merge(bare(id), 1, Integer::sum));
    byId.keySet().stream()
        .filter(id -> counts.getOrDefault(bare(id), 0) == 1)
        .forEach(id -> ids.put(bare(id), id));
  }

  private static String bare(String id) {
    return id.substring(id.indexOf('/') + 1);
  }

  /**
   * The model of that name.
   *
   * @throws OmniRunException LLM_MODEL_NOT_FOUND also if a sandbox's key is not for it;
   *     LLM_PRICE_UNKNOWN
   */
  public ModelConfig find(String name, Optional<LlmGrant> grant) {
    ModelConfig model =
        Optional.ofNullable(ids.get(name))
            .map(byId::get)
            .filter(found -> allows(grant, found))
            .orElseThrow(() -> notFound(name));
    if (model.pricing().isEmpty() && refusesUnknownPrice) {
      throw new OmniRunException(
          ErrorCode.LLM_PRICE_UNKNOWN,
          "nobody knows what the model %s costs, and so nobody may use it; the operator can say it"
              .formatted(model.id()));
    }
    return model;
  }

  /** The models that answer when none of a model's routes does. */
  public List<ModelConfig> fallbacks(ModelConfig model, Optional<LlmGrant> grant) {
    return model.fallbacks().stream()
        .map(byId::get)
        .filter(found -> allows(grant, found))
        .filter(found -> found.pricing().isPresent() || !refusesUnknownPrice)
        .toList();
  }

  private boolean allows(Optional<LlmGrant> grant, ModelConfig model) {
    List<String> names = grant.map(LlmGrant::models).orElse(List.of());
    return names.isEmpty() || names.stream().anyMatch(name -> model.id().equals(ids.get(name)));
  }

  private static OmniRunException notFound(String name) {
    return new OmniRunException(
        ErrorCode.LLM_MODEL_NOT_FOUND,
        "the model \"%s\" does not exist here, or you may not use it; GET …/models lists them"
            .formatted(name.replaceAll("\\p{Cntrl}", " ")));
  }

  /** The models that a caller may use, in the order of the configuration. */
  public List<ModelConfig> list(Optional<LlmGrant> grant) {
    return byId.values().stream().filter(model -> allows(grant, model)).toList();
  }
}
