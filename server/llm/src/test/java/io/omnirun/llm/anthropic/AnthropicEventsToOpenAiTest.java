package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.OmniRunException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream of Anthropic's, event by event. */
class AnthropicEventsToOpenAiTest {
  static final String CALLS_BETWEEN_TEXTS =
      """
      {'type':'message_start','message':{'id':'msg_1','role':'assistant','content':[],'usage':{'input_tokens':10,'cache_creation_input_tokens':200,'cache_read_input_tokens':3000,'output_tokens':1}}}
      {'type':'ping'}
      {'type':'content_block_start','index':0,'content_block':{'type':'thinking','thinking':''}}
      {'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','thinking':'hm'}}
      {'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','signature':'s'}}
      {'type':'content_block_stop','index':0}
      {'type':'content_block_start','index':1,'content_block':{'type':'text','text':''}}
      {'type':'content_block_delta','index':1,'delta':{'type':'text_delta','text':'I '}}
      {'type':'content_block_delta','index':1,'delta':{'type':'text_delta','text':'look'}}
      {'type':'content_block_stop','index':1}
      {'type':'content_block_start','index':2,'content_block':{'type':'tool_use','id':'toolu_1','name':'weather','input':{}}}
      {'type':'content_block_delta','index':2,'delta':{'type':'input_json_delta','partial_json':''}}
      {'type':'content_block_delta','index':2,'delta':{'type':'input_json_delta','partial_json':'{"ci'}}
      {'type':'content_block_delta','index':2,'delta':{'type':'input_json_delta','partial_json':'ty":"Bern"}'}}
      {'type':'content_block_stop','index':2}
      {'type':'content_block_start','index':3,'content_block':{'type':'text','text':' and'}}
      {'type':'content_block_stop','index':3}
      {'type':'content_block_start','index':4,'content_block':{'type':'tool_use','id':'toolu_2','name':'time','input':{}}}
      {'type':'content_block_stop','index':4}
      {'type':'message_delta','delta':{'stop_reason':'tool_use','stop_sequence':null},'usage':{'output_tokens':40}}
      {'type':'message_stop'}
      """;

  private static final String DELTAS =
      """
      {'role':'assistant','content':''}
      {'content':'I '}
      {'content':'look'}
      {'tool_calls':[{'index':0,'id':'toolu_1','type':'function','function':{'name':'weather','arguments':''}}]}
      {'tool_calls':[{'index':0,'function':{'arguments':'{\\"ci'}}]}
      {'tool_calls':[{'index':0,'function':{'arguments':'ty\\":\\"Bern\\"}'}}]}
      {'content':' and'}
      {'tool_calls':[{'index':1,'id':'toolu_2','type':'function','function':{'name':'time','arguments':''}}]}
      {'tool_calls':[{'index':1,'function':{'arguments':'{}'}}]}
      {}
      """;

  private static AnthropicEventsToOpenAi stream(boolean includeUsage) {
    return new AnthropicEventsToOpenAi("anthropic/claude", 17, includeUsage);
  }

  static List<JsonNode> read(AnthropicEventsToOpenAi stream, String events) {
    List<ObjectNode> chunks = new ArrayList<>();
    for (String line : events.lines().toList()) {
      ObjectNode data = object(line);
      chunks.addAll(stream.event(data.path("type").asText(), data));
    }
    return TestJson.sent(chunks);
  }

  private static List<JsonNode> deltas(List<JsonNode> chunks) {
    return chunks.stream().map(chunk -> chunk.at("/choices/0/delta")).toList();
  }

  @Test
  void callsBetweenTextsAreFragmentsByIndex() {
    AnthropicEventsToOpenAi stream = stream(false);
    List<JsonNode> chunks = read(stream, CALLS_BETWEEN_TEXTS);
    assertThat(deltas(chunks)).isEqualTo(DELTAS.lines().map(TestJson::node).toList());
    assertThat(chunks)
        .allSatisfy(
            chunk -> {
              assertThat(chunk.path("id").asText()).isEqualTo("msg_1");
              assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
              assertThat(chunk.path("created").intValue()).isEqualTo(17);
              assertThat(chunk.path("model").asText()).isEqualTo("anthropic/claude");
              assertThat(chunk.has("usage")).isFalse();
            });
    assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allMatch(chunk -> chunk.at("/choices/0/finish_reason").isNull());
    assertThat(stream.isDone()).isTrue();
  }

  @Test
  void theUsageIsAChunkOfItsOwnIfItIsWanted() {
    List<JsonNode> chunks = read(stream(true), CALLS_BETWEEN_TEXTS);
    assertThat(chunks.subList(0, chunks.size() - 1)).allMatch(chunk -> chunk.get("usage").isNull());
    assertThat(chunks.getLast())
        .isEqualTo(
            object(
                """
                {'id':'msg_1','object':'chat.completion.chunk','created':17,
                 'model':'anthropic/claude','choices':[],
                 'usage':{'prompt_tokens':3210,'completion_tokens':40,'total_tokens':3250,
                  'prompt_tokens_details':{'cached_tokens':3000,'cache_write_tokens':200}}}
                """));
  }

  @Test
  void theLargerReportOfUsageHolds() {
    List<JsonNode> chunks =
        read(
            stream(true),
            """
            {'type':'message_start','message':{'id':'a','usage':{'input_tokens':0,'output_tokens':9}}}
            {'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'input_tokens':5,'output_tokens':3}}
            {'type':'message_stop'}
            """);
    assertThat(chunks.getLast().at("/usage/prompt_tokens").intValue()).isEqualTo(5);
    assertThat(chunks.getLast().at("/usage/completion_tokens").intValue()).isEqualTo(9);
  }

  @Test
  void nothingIsDoneBeforeTheStreamSaysSo() {
    AnthropicEventsToOpenAi stream = stream(true);
    List<String> events = CALLS_BETWEEN_TEXTS.lines().toList();
    for (String line : events.subList(0, events.size() - 1)) {
      read(stream, line);
      assertThat(stream.isDone()).as(line).isFalse();
    }
    read(stream, events.getLast());
    assertThat(stream.isDone()).isTrue();
    assertThat(read(stream, CALLS_BETWEEN_TEXTS)).isEmpty();
  }

  @Test
  void anErrorIsTheLastThing() {
    AnthropicEventsToOpenAi stream = stream(true);
    List<JsonNode> chunks =
        read(
            stream,
            """
            {'type':'message_start','message':{'id':'a'}}
            {'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}
            {'type':'message_stop'}
            """);
    assertThat(chunks).hasSize(2);
    assertThat(chunks.getLast())
        .isEqualTo(
            object(
                "{'error':{'message':'Overloaded','type':'server_error','param':null,"
                    + "'code':'overloaded'}}"));
    assertThat(stream.isDone()).isTrue();
  }

  @Test
  void anInputThatComesWithTheBlockIsTheArguments() {
    List<JsonNode> chunks =
        read(
            stream(false),
            """
            {'type':'content_block_start','index':0,'content_block':{'type':'tool_use','id':'a','name':'b','input':{'c':1}}}
            {'type':'message_stop'}
            """);
    assertThat(deltas(chunks))
        .contains(object("{'tool_calls':[{'index':0,'function':{'arguments':'{\\\"c\\\":1}'}}]}"));
    assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
  }

  @Test
  void blocksThatAreOpenTogetherKeepTheirArguments() {
    List<JsonNode> chunks =
        read(
            stream(false),
            """
            {'type':'content_block_start','index':5,'content_block':{'type':'tool_use','id':'a','name':'b'}}
            {'type':'content_block_start','index':6,'content_block':{'type':'tool_use','name':'d'}}
            {'type':'content_block_delta','index':5,'delta':{'type':'input_json_delta','partial_json':'{}'}}
            {'type':'content_block_delta','index':6,'delta':{'type':'input_json_delta','partial_json':'{ }'}}
            """);
    assertThat(deltas(chunks))
        .endsWith(
            object("{'tool_calls':[{'index':0,'function':{'arguments':'{}'}}]}"),
            object("{'tool_calls':[{'index':1,'function':{'arguments':'{ }'}}]}"));
    assertThat(chunks.get(2).at("/choices/0/delta/tool_calls/0/id").asText()).isEqualTo("call_1");
  }

  @Test
  void whatIsUnknownIsNothing() {
    assertThat(
            read(
                stream(true),
                """
                {'type':'news','data':1}
                {'type':'content_block_start','index':0,'content_block':{'type':'server_tool_use','id':'a','name':'b'}}
                {'type':'content_block_delta','index':0,'delta':{'type':'input_json_delta','partial_json':'{}'}}
                {'type':'content_block_delta','index':0,'delta':{'type':'citations_delta','citation':{}}}
                {'type':'content_block_delta','index':9,'delta':{'type':'news_delta','text':'a'}}
                {'type':'content_block_stop','index':0}
                {'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'c'}}
                {'type':'message_delta','delta':{'stop_reason':null}}
                {'type':'message_start','message':7}
                """))
        .isEmpty();
  }

  @Test
  void anEventWithoutANameHasItsDatas() {
    AnthropicEventsToOpenAi stream = stream(false);
    assertThat(stream.event("", object("{'type':'message_start','message':{'id':'a'}}")))
        .hasSize(1);
  }

  @Test
  void callsThatNeverEndAreTooMany() {
    AnthropicEventsToOpenAi stream = stream(false);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                read(
                    stream,
                    "{'type':'content_block_start','index':%d,'content_block':{'type':'tool_use','name':'a'}}"
                        .formatted(i));
              }
            })
        .isInstanceOf(OmniRunException.class);
  }
}
