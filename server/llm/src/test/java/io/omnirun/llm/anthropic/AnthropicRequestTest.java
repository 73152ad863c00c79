package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client of Anthropic's asks for, as a model of OpenAI's is asked. */
class AnthropicRequestTest {
  private static final String HI = "'messages':[{'role':'user','content':'hi'}]";
  private static final String WEATHER =
      "'tools':[{'name':'weather','description':'d','input_schema':{'type':'object'}}]";

  private static JsonNode translated(String model, String fields) {
    ObjectNode request = object("{'model':'m'," + fields + "}");
    ObjectNode before = request.deepCopy();
    JsonNode body = TestJson.sent(AnthropicToOpenAi.request(request, model));
    assertThat(request).as("the request is left as it was").isEqualTo(before);
    return body;
  }

  private static void assertTranslated(String fields, String expected) {
    assertThat(translated("llama", fields))
        .isEqualTo(object("{'model':'llama','stream':false," + expected + "}"));
  }

  static Stream<Arguments> conversations() {
    return Stream.of(
        Arguments.of(
            "a text", "[{'role':'user','content':'hi'}]", "[{'role':'user','content':'hi'}]"),
        Arguments.of(
            "one block",
            "[{'role':'user','content':[{'type':'text','text':'hi'}]}]",
            "[{'role':'user','content':'hi'}]"),
        Arguments.of(
            "blocks",
            """
            [{'role':'user','content':[
              {'type':'text','text':'a','cache_control':{'type':'ephemeral'}},
              {'type':'text','text':'b'},
              {'type':'image','source':{'type':'base64','media_type':'image/png','data':'QUJD'}},
              {'type':'image','source':{'type':'url','url':'https://a.example/b'}}]}]
            """,
            """
            [{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'},
              {'type':'image_url','image_url':{'url':'data:image/png;base64,QUJD'}},
              {'type':'image_url','image_url':{'url':'https://a.example/b'}}]}]
            """),
        Arguments.of(
            "calls, thoughts and results",
            """
            [{'role':'user','content':'weather?'},
             {'role':'assistant','content':[
               {'type':'thinking','thinking':'hm','signature':'x'},
               {'type':'redacted_thinking','data':'y'},
               {'type':'text','text':'I '},{'type':'text','text':'look'},
               {'type':'tool_use','id':'toolu_1','name':'weather','input':{'city':'Bern'}},
               {'type':'tool_use','id':'toolu_2','name':'time','input':{}}]},
             {'role':'user','content':[
               {'type':'tool_result','tool_use_id':'toolu_1','content':'sunny'},
               {'type':'tool_result','tool_use_id':'toolu_2','is_error':true,'content':[
                 {'type':'text','text':'no'},{'type':'text','text':'clock'},
                 {'type':'image','source':{'type':'url','url':'https://a.example/c'}}]},
               {'type':'text','text':'so?'}]},
             {'role':'assistant','content':[{'type':'thinking','thinking':'hm'}]},
             {'role':'assistant','content':'It is sunny'}]
            """,
            """
            [{'role':'user','content':'weather?'},
             {'role':'assistant','content':'I look','tool_calls':[
               {'id':'toolu_1','type':'function',
                'function':{'name':'weather','arguments':'{\\"city\\":\\"Bern\\"}'}},
               {'id':'toolu_2','type':'function','function':{'name':'time','arguments':'{}'}}]},
             {'role':'tool','tool_call_id':'toolu_1','content':'sunny'},
             {'role':'tool','tool_call_id':'toolu_2','content':'no\\nclock'},
             {'role':'user','content':[
               {'type':'image_url','image_url':{'url':'https://a.example/c'}},
               {'type':'text','text':'so?'}]},
             {'role':'assistant','content':'It is sunny'}]
            """),
        Arguments.of(
            "a call without a word and a result that is empty",
            """
            [{'role':'assistant','content':[{'type':'tool_use','id':'a','name':'b','input':{}}]},
             {'role':'user','content':[{'type':'tool_result','tool_use_id':'a'}]}]
            """,
            """
            [{'role':'assistant','content':null,'tool_calls':[
               {'id':'a','type':'function','function':{'name':'b','arguments':'{}'}}]},
             {'role':'tool','tool_call_id':'a','content':''}]
            """));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("conversations")
  void messagesAreTranslated(String what, String messages, String expected) {
    assertTranslated("'messages':" + messages, "'messages':" + expected);
  }

  @Test
  void theSystemIsAMessage() {
    String expected =
        "'messages':[{'role':'system','content':'a\\n\\nb'},{'role':'user','content':'hi'}]";
    assertTranslated(
        "'system':[{'type':'text','text':'a'},{'type':'text','text':'b'}]," + HI, expected);
    assertTranslated("'system':'a\\n\\nb'," + HI, expected);
  }

  static Stream<Arguments> fields() {
    return Stream.of(
        Arguments.of("'max_tokens':9", "'max_tokens':9"),
        Arguments.of("'temperature':0.3,'top_p':0.9,'top_k':5", "'temperature':0.3,'top_p':0.9"),
        Arguments.of("'stop_sequences':['a','b']", "'stop':['a','b']"),
        Arguments.of("'stop_sequences':[]", ""),
        Arguments.of("'metadata':{'user_id':'u-1'}", "'user':'u-1'"),
        Arguments.of("'metadata':{'user_id':'" + "u".repeat(65) + "'}", ""),
        Arguments.of("'thinking':{'type':'enabled','budget_tokens':2000},'x':1", ""),
        Arguments.of("'mcp_servers':[],'tool_choice':{'type':'auto'}", ""),
        Arguments.of(
            "'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}",
            "'response_format':{'type':'json_schema','json_schema':"
                + "{'name':'answer','strict':true,'schema':{'type':'object'}}}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("fields")
  void aFieldIsTranslatedOrDropped(String given, String expected) {
    assertTranslated(HI + "," + given, HI + (expected.isEmpty() ? "" : ",") + expected);
  }

  @Test
  void aStreamTellsItsUsage() {
    JsonNode body = translated("m", HI + ",'stream':true");
    assertThat(body.path("stream").booleanValue()).isTrue();
    assertThat(body.path("stream_options")).isEqualTo(object("{'include_usage':true}"));
  }

  static Stream<Arguments> tools() {
    return Stream.of(
        Arguments.of("{'type':'auto'}", "'tool_choice':'auto'"),
        Arguments.of("{'type':'none'}", "'tool_choice':'none'"),
        Arguments.of("{'type':'any'}", "'tool_choice':'required'"),
        Arguments.of(
            "{'type':'tool','name':'weather'}",
            "'tool_choice':{'type':'function','function':{'name':'weather'}}"),
        Arguments.of(
            "{'type':'auto','disable_parallel_tool_use':true}",
            "'tool_choice':'auto','parallel_tool_calls':false"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tools")
  void theChoiceOfToolsIsTranslated(String given, String expected) {
    assertTranslated(
        HI + "," + WEATHER + ",'tool_choice':" + given,
        HI
            + ",'tools':[{'type':'function','function':{'name':'weather','description':'d',"
            + "'parameters':{'type':'object'}}}],"
            + expected);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-4o,max_completion_tokens,",
    "openai/gpt-5-mini,max_completion_tokens,medium",
    "gpt-5-chat-latest,max_completion_tokens,",
    "o3,max_completion_tokens,medium",
    "openai/gpt-oss-120b,max_tokens,medium",
    "mistral-large,max_tokens,"
  })
  void aModelsNameTellsWhatItTakes(String model, String maxTokens, String effort) {
    JsonNode body =
        translated(
            model, HI + ",'max_tokens':9,'thinking':{'type':'enabled','budget_tokens':10000}");
    assertThat(body.path(maxTokens).intValue()).isEqualTo(9);
    assertThat(body.path("reasoning_effort").asText(null)).isEqualTo(effort);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "{'budget_tokens':1024},{},low",
        "{'budget_tokens':20000},{},high",
        "{'budget_tokens':1024},{'effort':'max'},high",
        "{'type':'adaptive'},{'effort':'medium'},medium",
        "{'type':'adaptive'},{},",
        "{'type':'disabled'},{},"
      })
  void anEffortIsWhatTheClientSaysOrItsBudget(String thinking, String config, String effort) {
    JsonNode body = translated("o3", HI + ",'thinking':" + thinking + ",'output_config':" + config);
    assertThat(body.path("reasoning_effort").asText(null)).isEqualTo(effort);
  }
}
