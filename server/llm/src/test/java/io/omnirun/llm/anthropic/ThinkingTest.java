package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much is thought before an answer. */
class ThinkingTest {
  private static final String HI = "'messages':[{'role':'user','content':'hi'}]";
  private static final String OLD = "claude-sonnet-4-5-20250929";
  private static final String NEW = "claude-opus-4-7";

  private static JsonNode translated(String model, String fields) {
    return OpenAiToAnthropic.request(object("{" + fields + "}"), model, 32_000);
  }

  private static JsonNode translated(String model, String effort, String more) {
    return translated(model, HI + ",'reasoning_effort':'" + effort + "'" + more);
  }

  @ParameterizedTest
  @CsvSource({"minimal,2048", "low,2048", "medium,8192", "high,16000", "xhigh,16000"})
  void anEffortIsABudgetThatLeavesHalfForTheAnswer(String effort, int budget) {
    assertThat(translated(OLD, effort, ",'temperature':0.5,'top_p':0.5"))
        .isEqualTo(
            object(
                "{'model':'%s','max_tokens':32000,'messages':[{'role':'user','content':[{'type':'text','text':'hi'}]}],'thinking':{'type':'enabled','budget_tokens':%d}}"
                    .formatted(OLD, budget)));
  }

  @ParameterizedTest
  @CsvSource({"minimal,low", "low,low", "medium,medium", "high,high", "xhigh,high"})
  void newerModelsThinkAsTheyLike(String effort, String translated) {
    JsonNode body = translated(NEW, effort, ",'temperature':0.5");
    assertThat(body.path("thinking")).isEqualTo(object("{'type':'adaptive'}"));
    assertThat(body.path("output_config")).isEqualTo(object("{'effort':'" + translated + "'}"));
    assertThat(body.has("temperature")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "claude-3-7-sonnet-20250219",
        "claude-3.7-sonnet",
        "claude-opus-4-20250514",
        "claude-sonnet-4@20250514",
        "claude-opus-4-1",
        "anthropic/claude-sonnet-4.5",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "kimi-k2"
      })
  void theseHaveBudgets(String model) {
    assertThat(translated(model, "low", "").path("thinking").path("type").asText())
        .isEqualTo("enabled");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "claude-sonnet-4-6",
        "anthropic/claude-opus-4.7",
        "claude-opus-4-10",
        "claude-x-5"
      })
  void theseHaveEfforts(String model) {
    assertThat(translated(model, "low", "").path("thinking").path("type").asText())
        .isEqualTo("adaptive");
  }

  @ParameterizedTest
  @ValueSource(strings = {"claude-3-5-haiku-latest", "claude-3-haiku-20240307", "claude-2.1"})
  void theseDoNotThink(String model) {
    JsonNode body = translated(model, "high", ",'temperature':0.5");
    assertThat(body.has("thinking") || body.has("output_config")).isFalse();
    assertThat(body.path("temperature").doubleValue()).isEqualTo(0.5);
  }

  @Test
  void nothingIsThoughtWhereItIsRefused() {
    assertThat(translated(OLD, "none", "").has("thinking")).isFalse();
    assertThat(translated(OLD, "high", ",'max_tokens':2000").has("thinking")).isFalse();
    String forced =
        ",'tool_choice':'required','tools':[{'type':'function','function':{'name':'a'}}]";
    assertThat(translated(OLD, "high", forced).has("thinking")).isFalse();
    assertThat(translated(NEW, "high", forced).has("thinking")).isFalse();
    assertThat(translated(NEW, "high", forced).has("output_config")).isTrue();
  }

  @Test
  void behindToolsResultsThereIsNoBudget() {
    String results =
        """
        'reasoning_effort':'low','messages':[{'role':'user','content':'hi'},
          {'role':'assistant','tool_calls':[{'id':'a','function':{'name':'b','arguments':'{}'}}]},
          {'role':'tool','tool_call_id':'a','content':'c'}]
        """;
    assertThat(translated(OLD, results).has("thinking")).isFalse();
    assertThat(translated(NEW, results).has("thinking")).isTrue();
  }
}
