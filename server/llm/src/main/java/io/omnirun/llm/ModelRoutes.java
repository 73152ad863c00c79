package io.omnirun.llm;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.provider.ModelCatalog;
import io.omnirun.model.LlmCaller;
import java.io.IOException;
import java.time.Clock;
import java.util.List;

/** Which models there are. */
final class ModelRoutes {
  private final ModelCatalog catalog;
  private final long createdSeconds;

  /**
   * @param clock says when the models came to be, which is when this server was started
   */
  ModelRoutes(ModelCatalog catalog, Clock clock) {
    this.catalog = catalog;
    this.createdSeconds = clock.instant().getEpochSecond();
  }

  /** OpenAI's list; {@code models} is the same again, for programs that look there. */
  void list(Exchange exchange, LlmCaller caller) throws IOException {
    List<ModelConfig> models = catalog.list(caller.grant());
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartObject();
          json.writeStringField("object", "list");
          writeAll(json, "data", models);
          writeAll(json, "models", models);
          json.writeEndObject();
        });
  }

  private void writeAll(JsonGenerator json, String field, List<ModelConfig> models)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (ModelConfig model : models) {
      write(json, model);
    }
    json.writeEndArray();
  }

  /** One model; ids have a slash, which clients send as it is, or encoded. */
  void show(Exchange exchange, LlmCaller caller) throws IOException {
    ModelConfig model = catalog.find(name(exchange), caller.grant());
    exchange.json(HttpStatuses.OK, json -> write(json, model));
  }

  private static String name(Exchange exchange) {
    String model = exchange.pathParameter("model");
    return exchange.hasPathParameter("owner")
        ? exchange.pathParameter("owner") + "/" + model
        : model;
  }

  private void write(JsonGenerator json, ModelConfig model) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", model.id());
    json.writeStringField("object", "model");
    json.writeNumberField("created", createdSeconds);
    json.writeStringField("owned_by", model.owner());
    json.writeEndObject();
  }
}
