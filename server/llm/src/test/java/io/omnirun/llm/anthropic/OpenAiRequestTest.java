package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an OpenAI client asks for, as Anthropic is asked. */
class OpenAiRequestTest {
  private static final String HI = "'messages':[{'role':'user','content':'hi'}]";
  private static final String SAID_HI =
      "'messages':[{'role':'user','content':[{'type':'text','text':'hi'}]}]";
  private static final String WEATHER =
      "'tools':[{'type':'function','function':{'name':'weather','parameters':{'type':'object'}}}]";
  private static final String SAID_WEATHER =
      "'tools':[{'name':'weather','input_schema':{'type':'object'}}]";

  private static JsonNode translated(String model, String fields) {
    ObjectNode request = object("{'model':'m'," + fields + "}");
    ObjectNode before = request.deepCopy();
    JsonNode body = TestJson.sent(OpenAiToAnthropic.request(request, model, 4096));
    assertThat(request).as("the request is left as it was").isEqualTo(before);
    return body;
  }

  private static void assertTranslated(String fields, String expected) {
    assertThat(translated("claude-sonnet-4-5", fields))
        .isEqualTo(object("{'model':'claude-sonnet-4-5','max_tokens':4096," + expected + "}"));
  }

  static Stream<Arguments> conversations() {
    return Stream.of(
        Arguments.of(
            "a text",
            "[{'role':'user','content':'hi'}]",
            "[{'role':'user','content':[{'type':'text','text':'hi'}]}]"),
        Arguments.of(
            "parts, one of them blank",
            """
            [{'role':'user','name':'ann','content':[
              {'type':'text','text':'what is'},{'type':'text','text':' '},
              {'type':'image_url','image_url':{'url':'data:image/png;base64,QUJD','detail':'low'}},
              {'type':'image_url','image_url':{'url':'https://a.example/b.jpg'}}]}]
            """,
            """
            [{'role':'user','content':[{'type':'text','text':'what is'},
              {'type':'image','source':{'type':'base64','media_type':'image/png','data':'QUJD'}},
              {'type':'image','source':{'type':'url','url':'https://a.example/b.jpg'}}]}]
            """),
        Arguments.of(
            "a JPEG by its common name",
            """
            [{'role':'user','content':[
              {'type':'image_url','image_url':{'url':'DATA:image/JPG;base64,QUJD'}}]}]
            """,
            """
            [{'role':'user','content':[
              {'type':'image','source':{'type':'base64','media_type':'image/jpeg','data':'QUJD'}}]}]
            """),
        Arguments.of(
            "neighbours of one role",
            """
            [{'role':'user','content':'a'},{'role':'user','content':'b'},
             {'role':'assistant','content':'c'},{'role':'assistant','content':''},
             {'role':'assistant','refusal':'d'},{'role':'user','content':'e'}]
            """,
            """
            [{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},
             {'role':'assistant','content':[{'type':'text','text':'c'},{'type':'text','text':'d'}]},
             {'role':'user','content':[{'type':'text','text':'e'}]}]
            """),
        Arguments.of(
            "calls and their results",
            """
            [{'role':'user','content':'weather?'},
             {'role':'assistant','content':null,'tool_calls':[
               {'id':'functions.weather:0','type':'function',
                'function':{'name':'weather','arguments':'{"city":"Bern","days":1.50}'}},
               {'id':'call_2','type':'function','function':{'name':'time','arguments':''}}]},
             {'role':'tool','tool_call_id':'functions.weather:0','content':'sunny'},
             {'role':'tool','tool_call_id':'call_2','content':''},
             {'role':'user','content':'thanks'}]
            """,
            """
            [{'role':'user','content':[{'type':'text','text':'weather?'}]},
             {'role':'assistant','content':[
               {'type':'tool_use','id':'functions_weather_0','name':'weather',
                'input':{'city':'Bern','days':1.50}},
               {'type':'tool_use','id':'call_2','name':'time','input':{}}]},
             {'role':'user','content':[
               {'type':'tool_result','tool_use_id':'functions_weather_0',
                'content':[{'type':'text','text':'sunny'}]},
               {'type':'tool_result','tool_use_id':'call_2'},
               {'type':'text','text':'thanks'}]}]
            """),
        Arguments.of(
            "a part that is to be cached",
            """
            [{'role':'user','content':[
              {'type':'text','text':'long','cache_control':{'type':'ephemeral'}}]}]
            """,
            """
            [{'role':'user','content':[
              {'type':'text','text':'long','cache_control':{'type':'ephemeral'}}]}]
            """));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("conversations")
  void messagesAreTranslated(String what, String messages, String expected) {
    assertTranslated("'messages':" + messages, "'messages':" + expected);
  }

  @Test
  void whatTheSystemSaysStandsApart() {
    assertTranslated(
        """
        'messages':[{'role':'system','content':'be brief'},{'role':'user','content':'hi'},
          {'role':'developer','content':[{'type':'text','text':'be kind'}]}]
        """,
        "'system':[{'type':'text','text':'be brief'},{'type':'text','text':'be kind'}]," + SAID_HI);
  }

  static Stream<Arguments> fields() {
    return Stream.of(
        Arguments.of("'temperature':0.3", "'temperature':0.3"),
        Arguments.of("'temperature':1.7", "'temperature':1.0"),
        Arguments.of("'temperature':0,'top_p':1", "'temperature':0.0"),
        Arguments.of("'top_p':0.9", "'top_p':0.9"),
        Arguments.of("'stop':'END'", "'stop_sequences':['END']"),
        Arguments.of("'stop':['a','b']", "'stop_sequences':['a','b']"),
        Arguments.of("'stop':null,'temperature':null", ""),
        Arguments.of("'user':'u-1'", "'metadata':{'user_id':'u-1'}"),
        Arguments.of("'user':'" + "u".repeat(257) + "'", ""),
        Arguments.of("'stream':true,'stream_options':{'include_usage':true}", "'stream':true"),
        Arguments.of("'n':1,'logprobs':false,'logit_bias':{},'modalities':['text']", ""),
        Arguments.of("'seed':7,'presence_penalty':1,'store':true,'x':{}", ""),
        Arguments.of("'response_format':{'type':'text'}", ""),
        Arguments.of(
            "'response_format':{'type':'json_schema','json_schema':{'name':'a','strict':true,"
                + "'schema':{'type':'object'}}}",
            "'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("fields")
  void aFieldIsTranslatedOrDropped(String given, String expected) {
    assertTranslated(HI + "," + given, SAID_HI + (expected.isEmpty() ? "" : ",") + expected);
  }

  @Test
  void theNewerLimitOfTokensHolds() {
    assertThat(translated("m", HI + ",'max_tokens':5").path("max_tokens").intValue()).isEqualTo(5);
    assertThat(translated("m", HI + ",'max_tokens':5,'max_completion_tokens':6").path("max_tokens"))
        .isEqualTo(TestJson.node("6"));
  }

  @Test
  void jsonWithoutASchemaIsAskedForInWords() {
    JsonNode body = translated("m", HI + ",'response_format':{'type':'json_object'}");
    assertThat(body.path("system").path(0).path("text").asText()).contains("JSON object");
    assertThat(body.has("output_config")).isFalse();
  }

  static Stream<Arguments> tools() {
    return Stream.of(
        Arguments.of("", "{'type':'auto'}"),
        Arguments.of("'tool_choice':'auto'", "{'type':'auto'}"),
        Arguments.of("'tool_choice':'none'", "{'type':'none'}"),
        Arguments.of("'tool_choice':'required'", "{'type':'any'}"),
        Arguments.of(
            "'tool_choice':{'type':'function','function':{'name':'weather'}}",
            "{'type':'tool','name':'weather'}"),
        Arguments.of("'parallel_tool_calls':true", "{'type':'auto'}"),
        Arguments.of(
            "'parallel_tool_calls':false", "{'type':'auto','disable_parallel_tool_use':true}"),
        Arguments.of(
            "'tool_choice':'required','parallel_tool_calls':false",
            "{'type':'any','disable_parallel_tool_use':true}"),
        Arguments.of("'tool_choice':'none','parallel_tool_calls':false", "{'type':'none'}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tools")
  void theChoiceOfToolsIsTranslated(String given, String expected) {
    assertTranslated(
        HI + "," + WEATHER + (given.isEmpty() ? "" : ",") + given,
        SAID_HI + "," + SAID_WEATHER + ",'tool_choice':" + expected);
  }

  @Test
  void aToolHasASchemaOfAnObjectInAnyCase() {
    JsonNode body =
        translated(
            "m",
            HI
                + """
                ,'tools':[{'type':'function','function':{'name':'a','description':'b'}},
                  {'type':'function','cache_control':{'type':'ephemeral'},
                   'function':{'name':'c','strict':true,'parameters':{'properties':{'d':{}}}}}]
                """);
    assertThat(body.path("tools"))
        .isEqualTo(
            TestJson.node(
                """
                [{'name':'a','description':'b','input_schema':{'type':'object','properties':{}}},
                 {'name':'c','input_schema':{'type':'object','properties':{'d':{}}},
                  'cache_control':{'type':'ephemeral'}}]
                """));
  }

  @Test
  void withoutToolsNothingIsChosen() {
    assertTranslated(HI + ",'tool_choice':'none','parallel_tool_calls':false,'tools':[]", SAID_HI);
  }
}
