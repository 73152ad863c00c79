package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said in both protocols alike is the same again when it comes back. */
class RoundTripTest {
  @Test
  void aRequest() {
    ObjectNode request =
        object(
            """
            {'model':'llama','max_tokens':500,'temperature':0.5,'top_p':0.5,'stop':['a'],
             'user':'u','stream':true,'stream_options':{'include_usage':true},
             'messages':[{'role':'system','content':'be brief'},
               {'role':'user','content':[{'type':'text','text':'what is'},
                 {'type':'image_url','image_url':{'url':'data:image/png;base64,QUJD'}}]},
               {'role':'assistant','content':'I look','tool_calls':[{'id':'call_1',
                 'type':'function','function':{'name':'f','arguments':'{\\"a\\":[1.50,1e400,null]}'}}]},
               {'role':'tool','tool_call_id':'call_1','content':'ok'},
               {'role':'user','content':'so?'}],
             'tools':[{'type':'function','function':{'name':'f','description':'d',
               'parameters':{'type':'object','properties':{'a':{'type':'array'}}}}}],
             'tool_choice':'required','parallel_tool_calls':false,
             'response_format':{'type':'json_schema',
               'json_schema':{'name':'answer','strict':true,'schema':{'type':'object'}}}}
            """);
    ObjectNode there = OpenAiToAnthropic.request(request, "claude-opus-4-7", 1);
    JsonNode back = TestJson.sent(AnthropicToOpenAi.request(there, "llama"));
    // 1e400 is written anew, and is the same number.
    assertThat(back).isEqualTo(object(request.toString().replace("1e400", "1E+400")));
  }

  @Test
  void anAnswer() {
    ObjectNode message =
        object(
            """
            {'id':'msg_1','type':'message','role':'assistant','model':'m',
             'content':[{'type':'text','text':'a'},
               {'type':'tool_use','id':'b','name':'c','input':{'d':{'e':[]}}}],
             'stop_reason':'tool_use','stop_sequence':null,
             'usage':{'input_tokens':1,'cache_creation_input_tokens':2,
               'cache_read_input_tokens':3,'output_tokens':4}}
            """);
    ObjectNode there = OpenAiToAnthropic.response(message, "n", 1);
    assertThat(TestJson.sent(AnthropicToOpenAi.response(there, "m"))).isEqualTo(message);
  }

  @Test
  void aStream() {
    String events = AnthropicEventsToOpenAiTest.CALLS_BETWEEN_TEXTS;
    List<JsonNode> chunks =
        AnthropicEventsToOpenAiTest.read(new AnthropicEventsToOpenAi("m", 1, true), events);
    OpenAiChunksToAnthropic back = new OpenAiChunksToAnthropic("m");
    List<AnthropicEvent> returned = new ArrayList<>();
    chunks.forEach(chunk -> returned.addAll(back.chunk((ObjectNode) chunk)));
    returned.addAll(back.end());
    AnthropicEventsToOpenAi again = new AnthropicEventsToOpenAi("m", 1, true);
    List<ObjectNode> chunksAgain = new ArrayList<>();
    returned.forEach(event -> chunksAgain.addAll(again.event(event.type(), event.data())));
    assertThat(TestJson.sent(chunksAgain)).isEqualTo(chunks);
  }
}
