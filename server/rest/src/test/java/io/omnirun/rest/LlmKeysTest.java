package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.LlmGrant;
import java.net.http.HttpResponse;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A sandbox's own key for language models, as its creator asks for it. */
class LlmKeysTest {
  private final RestServer server = new RestServer();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  private JsonNode create(String llm) throws Exception {
    HttpResponse<String> answer = server.post("/sandboxes", "{\"llm\":" + llm + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return RestServer.json(answer);
  }

  private String llmOf(JsonNode created) throws Exception {
    String shown =
        RestServer.json(server.get("/sandboxes/" + created.get("sandboxID").textValue()))
            .path("llm")
            .toString();
    assertThat(created.path("llm").toString()).isEqualTo(shown);
    return shown;
  }

  @Test
  void whatWasAskedForIsShown() throws Exception {
    assertThat(
            llmOf(
                create(
                    "{\"models\":[\"gpt-5\",\"openai/gpt-5\"],\"capCents\":12.345,\"capTokens\":7,\"onCap\":\"pause\"}")))
        .isEqualTo(
            "{\"models\":[\"gpt-5\",\"openai/gpt-5\"],\"capCents\":12.345,\"capTokens\":7,\"onCap\":\"pause\"}");
  }

  @Test
  void anEmptyObjectIsAKeyWithoutACapOfItsOwn() throws Exception {
    assertThat(llmOf(create("{}"))).isEqualTo("{\"models\":[],\"onCap\":\"refuse\"}");
    assertThat(llmOf(create("{\"models\":null,\"capCents\":null,\"onCap\":\"refuse\"}")))
        .isEqualTo("{\"models\":[],\"onCap\":\"refuse\"}");
  }

  @Test
  void aCapIsNeverMoreThanWasSaid() throws Exception {
    assertThat(llmOf(create("{\"capCents\":0}"))).contains("\"capCents\":0,");
    assertThat(llmOf(create("{\"capCents\":100000000,\"capTokens\":1000000000000000}")))
        .contains("\"capCents\":100000000,\"capTokens\":1000000000000000");
    assertThat(llmOf(create("{\"capCents\":0.00000000019}"))).contains("\"capCents\":1.0E-10");
  }

  @Test
  void withoutOneThereIsNoKey() throws Exception {
    HttpResponse<String> answer = server.post("/sandboxes", "{}");
    assertThat(answer.body()).doesNotContain("llm");
    assertThat(answer.statusCode()).isEqualTo(201);
  }

  @Test
  void aHundredModelsAreEnough() throws Exception {
    assertThat(create(models(LlmGrant.MAX_MODELS)).path("llm").path("models")).hasSize(100);
    HttpResponse<String> more =
        server.post("/sandboxes", "{\"llm\":" + models(LlmGrant.MAX_MODELS + 1) + "}");
    assertThat(more.statusCode()).isEqualTo(400);
    assertThat(more.body()).contains("at most 100 models");
  }

  private static String models(int count) {
    return "{\"models\":[" + String.join(",", Collections.nCopies(count, "\"m\"")) + "]}";
  }
}
