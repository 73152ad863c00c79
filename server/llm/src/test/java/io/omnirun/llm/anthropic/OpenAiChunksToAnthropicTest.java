package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream of OpenAI's, chunk by chunk. */
class OpenAiChunksToAnthropicTest {
  private static final String FINISH =
      "\n{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}";

  private static final String CALLS_BETWEEN_TEXTS =
      """
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'role':'assistant','content':''},'finish_reason':null}],'usage':null}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'reasoning_content':'hm'}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'content':'I '}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'content':'look'}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'id':'call_1','type':'function','function':{'name':'weather','arguments':''}}]}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'{"ci'}}]}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'tool_calls':[{'index':0,'function':{'arguments':'ty":"Bern"}'}}]}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'content':' and'}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'id':'call_2','type':'function','function':{'name':'time','arguments':'{'}}]}}]}
      {'id':'chatcmpl-1','choices':[{'index':1,'delta':{'content':'another choice'}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{'tool_calls':[{'index':1,'function':{'arguments':'}'}}]}}]}
      {'id':'chatcmpl-1','choices':[{'index':0,'delta':{},'finish_reason':'tool_calls'}]}
      {'id':'chatcmpl-1','choices':[],'usage':{'prompt_tokens':3210,'completion_tokens':40,'prompt_tokens_details':{'cached_tokens':3000,'cache_write_tokens':200}}}
      """;

  private static final String EVENTS =
      """
      {'type':'message_start','message':{'id':'chatcmpl-1','type':'message','role':'assistant','model':'openai/gpt','content':[],'stop_reason':null,'stop_sequence':null,'usage':{'input_tokens':0,'cache_creation_input_tokens':0,'cache_read_input_tokens':0,'output_tokens':0}}}
      {'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}
      {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'I '}}
      {'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'look'}}
      {'type':'content_block_stop','index':0}
      {'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'call_1','name':'weather','input':{}}}
      {'type':'content_block_delta','index':1,'delta':{'type':'input_json_delta','partial_json':'{\\"ci'}}
      {'type':'content_block_delta','index':1,'delta':{'type':'input_json_delta','partial_json':'ty\\":\\"Bern\\"}'}}
      {'type':'content_block_stop','index':1}
      {'type':'content_block_start','index':2,'content_block':{'type':'text','text':''}}
      {'type':'content_block_delta','index':2,'delta':{'type':'text_delta','text':' and'}}
      {'type':'content_block_stop','index':2}
      {'type':'content_block_start','index':3,'content_block':{'type':'tool_use','id':'call_2','name':'time','input':{}}}
      {'type':'content_block_delta','index':3,'delta':{'type':'input_json_delta','partial_json':'{'}}
      {'type':'content_block_delta','index':3,'delta':{'type':'input_json_delta','partial_json':'}'}}
      {'type':'content_block_stop','index':3}
      {'type':'message_delta','delta':{'stop_reason':'tool_use','stop_sequence':null},'usage':{'input_tokens':10,'cache_creation_input_tokens':200,'cache_read_input_tokens':3000,'output_tokens':40}}
      {'type':'message_stop'}
      """;

  private static List<AnthropicEvent> read(OpenAiChunksToAnthropic stream, String chunks) {
    List<AnthropicEvent> events = new ArrayList<>();
    chunks.strip().lines().forEach(line -> events.addAll(stream.chunk(object(line))));
    return events;
  }

  private static List<AnthropicEvent> readToEnd(String chunks) {
    OpenAiChunksToAnthropic stream = new OpenAiChunksToAnthropic("openai/gpt");
    List<AnthropicEvent> events = read(stream, chunks);
    events.addAll(stream.end());
    assertThat(stream.end()).isEmpty();
    return events;
  }

  private static String calls(String... fragments) {
    StringBuilder chunks = new StringBuilder();
    for (String fragment : fragments) {
      chunks.append("{'choices':[{'delta':{'tool_calls':[%s]}}]}\n".formatted(fragment));
    }
    return chunks.toString().strip();
  }

  private static List<JsonNode> started(List<AnthropicEvent> events) {
    return events.stream()
        .filter(event -> event.type().equals("content_block_start"))
        .map(event -> event.data().path("content_block"))
        .toList();
  }

  private static List<String> arguments(List<AnthropicEvent> events) {
    return events.stream()
        .filter(event -> event.data().at("/delta/partial_json").isTextual())
        .map(event -> event.data().path("index") + event.data().at("/delta/partial_json").asText())
        .toList();
  }

  @Test
  void callsBetweenTextsAreBlocksOneByOne() {
    List<AnthropicEvent> events = readToEnd(CALLS_BETWEEN_TEXTS);
    assertThat(events.stream().map(event -> TestJson.sent(event.data())))
        .containsExactlyElementsOf(EVENTS.lines().map(TestJson::node).toList());
    assertThat(events).allMatch(event -> event.type().equals(event.data().path("type").asText()));
  }

  @Test
  void eachEventIsSentWithItsChunk() {
    OpenAiChunksToAnthropic stream = new OpenAiChunksToAnthropic("m");
    assertThat(read(stream, "{'id':'a','choices':null}")).hasSize(1);
    assertThat(read(stream, "{'choices':[{'delta':{'content':'a'}}]}")).hasSize(2);
    assertThat(read(stream, "{'choices':[{'delta':{'content':'b'}}]}")).hasSize(1);
  }

  @Test
  void wholeCallsWithoutAnIndexAreSeveral() {
    List<AnthropicEvent> events =
        readToEnd(
            calls(
                    "{'id':'a','function':{'name':'x','arguments':'{}'}}",
                    "{'id':'b','function':{'name':'y','arguments':'[}'}},{'id':'b','function':{'arguments':'!'}}",
                    "{'function':{'arguments':'?'}}")
                + FINISH);
    assertThat(started(events)).hasSize(2);
    assertThat(arguments(events)).containsExactly("0{}", "1[}", "1!", "1?");
  }

  @Test
  void callsThatAllSayTheyAreTheFirstAreSeveral() {
    List<AnthropicEvent> events =
        readToEnd(
            calls(
                    "{'index':0,'id':'a','function':{'name':'x','arguments':'1'}}",
                    "{'index':0,'id':'a','function':{'name':'x','arguments':'2'}}",
                    "{'index':0,'id':'b','function':{'name':'y','arguments':'3'}}")
                + FINISH);
    assertThat(started(events)).hasSize(2);
    assertThat(arguments(events)).containsExactly("01", "02", "13");
    assertThat(events.get(events.size() - 2).data().at("/delta/stop_reason").asText())
        .isEqualTo("tool_use");
  }

  @Test
  void aCallWithoutAnIdHasOneAndOneWithoutANameIsNone() {
    List<AnthropicEvent> events =
        readToEnd(
            calls("{'index':0,'function':{'name':'x'}}", "{'index':7,'function':{'arguments':'1'}}")
                + FINISH);
    assertThat(started(events))
        .containsExactly(object("{'type':'tool_use','id':'call_0','name':'x','input':{}}"));
    assertThat(arguments(events)).isEmpty();
  }

  @Test
  void aCallThatGoesOnBehindWhatEndedItFails() {
    String first = "{'index':0,'id':'a','function':{'name':'x','arguments':'1'}}";
    String late = "{'index':0,'function':{'arguments':'%s'}}";
    for (String next :
        new String[] {
          calls("{'index':1,'id':'b','function':{'name':'y','arguments':'2'}}"),
          "{'choices':[{'delta':{'content':'text'}}]}"
        }) {
      OpenAiChunksToAnthropic stream = new OpenAiChunksToAnthropic("m");
      read(stream, calls(first) + "\n" + next + "\n" + calls(late.formatted("")));
      OmniRunException failure =
          catchThrowableOfType(
              OmniRunException.class, () -> read(stream, calls(late.formatted("3"))));
      assertThat(failure).isNotNull();
      assertThat(failure.code()).isEqualTo(ErrorCode.LLM_UPSTREAM_FAILED);
    }
  }

  @Test
  void aRefusalIsTextAndARefusal() {
    List<AnthropicEvent> events =
        readToEnd("{'choices':[{'delta':{'refusal':'no'},'finish_reason':'stop'}]}");
    assertThat(events.get(2).data().at("/delta/text").asText()).isEqualTo("no");
    assertThat(events.get(4).data().at("/delta/stop_reason").asText()).isEqualTo("refusal");
  }

  @Test
  void anErrorIsTheLastThing() {
    List<AnthropicEvent> events =
        readToEnd(
            """
            {'choices':[{'delta':{'content':'a'}}]}
            {'error':{'message':'broken','type':'server_error'}}
            {'choices':[{'delta':{'content':'b'}}]}
            """);
    assertThat(events.getLast().data())
        .isEqualTo(object("{'type':'error','error':{'type':'api_error','message':'broken'}}"));
    assertThat(events).hasSize(4);
  }

  @Test
  void aStreamThatIsCutOffIsAnError() {
    for (String chunks : new String[] {"", "{'choices':[{'delta':{'content':'a'}}]}"}) {
      assertThat(readToEnd(chunks).getLast().type()).isEqualTo("error");
    }
  }
}
