package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.node;
import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "invalid_request_error,invalid_request_error,invalid_request",
    "authentication_error,authentication_error,invalid_api_key",
    "billing_error,insufficient_quota,insufficient_quota",
    "permission_error,permission_error,permission_denied",
    "not_found_error,invalid_request_error,not_found",
    "request_too_large,invalid_request_error,request_too_large",
    "rate_limit_error,rate_limit_error,rate_limit_exceeded",
    "timeout_error,server_error,timeout",
    "api_error,server_error,upstream_error",
    "overloaded_error,server_error,overloaded",
    "news,server_error,upstream_error"
  })
  void anErrorOfAnthropicsIsOneOfOpenAis(String given, String type, String code) {
    JsonNode body = node("{'type':'error','error':{'type':'%s','message':'why'}}".formatted(given));
    assertThat(AnthropicErrors.toOpenAi(400, body))
        .isEqualTo(
            object(
                "{'error':{'message':'why','type':'%s','param':null,'code':'%s'},'message':'why'}"
                    .formatted(type, code)));
  }

  @ParameterizedTest
  @CsvSource({
    "400,invalid_request_error",
    "401,authentication_error",
    "402,billing_error",
    "403,permission_error",
    "404,not_found_error",
    "408,timeout_error",
    "413,request_too_large",
    "422,invalid_request_error",
    "429,rate_limit_error",
    "500,api_error",
    "502,api_error",
    "503,overloaded_error",
    "504,timeout_error",
    "529,overloaded_error"
  })
  void anErrorOfOpenAisIsWhatItsStatusSays(int status, String type) {
    JsonNode body = node("{'error':{'type':'x','message':'why','param':null,'code':null}}");
    assertThat(AnthropicErrors.ofOpenAi(status, body))
        .isEqualTo(
            object("{'type':'error','error':{'type':'%s','message':'why'}}".formatted(type)));
  }

  @Test
  void aPromptThatIsTooLongHasOpenAisCode() {
    JsonNode body =
        node(
            "{'error':{'type':'invalid_request_error',"
                + "'message':'prompt is too long: 210000 tokens > 200000 maximum'}}");
    assertThat(AnthropicErrors.toOpenAi(400, body).at("/error/code").asText())
        .isEqualTo("context_length_exceeded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"null", "7", "'text'", "[]", "{}", "{'error':null}", "{'error':{'type':1}}"})
  void whatSaysNothingIsWhatTheStatusSays(String body) {
    JsonNode openAi = AnthropicErrors.toOpenAi(429, node(body));
    assertThat(openAi.at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
    assertThat(openAi.path("message").asText()).contains("429");
    JsonNode anthropic = AnthropicErrors.ofOpenAi(429, node(body));
    assertThat(anthropic.at("/error/type").asText()).isEqualTo("rate_limit_error");
    assertThat(anthropic.at("/error/message").asText()).contains("429");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'error':'why'}", "{'message':'why'}", "{'detail':'why'}"})
  void otherShapesOfErrorsAreRead(String body) {
    assertThat(AnthropicErrors.ofOpenAi(500, node(body)).at("/error/message").asText())
        .isEqualTo("why");
  }
}
