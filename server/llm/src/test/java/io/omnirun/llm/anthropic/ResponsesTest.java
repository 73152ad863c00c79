package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole answers, both ways. */
class ResponsesTest {
  private static JsonNode toOpenAi(String message) {
    return TestJson.sent(OpenAiToAnthropic.response(object(message), "anthropic/claude", 17));
  }

  private static JsonNode toAnthropic(String completion) {
    return TestJson.sent(AnthropicToOpenAi.response(object(completion), "openai/gpt"));
  }

  @Test
  void aMessageIsACompletion() {
    assertThat(
            toOpenAi(
                """
                {'id':'msg_1','type':'message','role':'assistant','model':'claude-x',
                 'content':[{'type':'thinking','thinking':'hm','signature':'s'},
                   {'type':'text','text':'Let me '},{'type':'text','text':'look'},
                   {'type':'server_tool_use','id':'srv','name':'web_search','input':{}},
                   {'type':'tool_use','id':'toolu_1','name':'weather','input':{'city':'Bern'}},
                   {'type':'tool_use','id':'toolu_2','name':'time','input':{}}],
                 'stop_reason':'tool_use','stop_sequence':null,
                 'usage':{'input_tokens':10,'cache_creation_input_tokens':200,
                   'cache_read_input_tokens':3000,'output_tokens':40}}
                """))
        .isEqualTo(
            object(
                """
                {'id':'msg_1','object':'chat.completion','created':17,'model':'anthropic/claude',
                 'choices':[{'index':0,'logprobs':null,'finish_reason':'tool_calls','message':
                   {'role':'assistant','content':'Let me look','refusal':null,'tool_calls':[
                     {'id':'toolu_1','type':'function',
                      'function':{'name':'weather','arguments':'{\\"city\\":\\"Bern\\"}'}},
                     {'id':'toolu_2','type':'function',
                      'function':{'name':'time','arguments':'{}'}}]}}],
                 'usage':{'prompt_tokens':3210,'completion_tokens':40,'total_tokens':3250,
                   'prompt_tokens_details':{'cached_tokens':3000,'cache_write_tokens':200}}}
                """));
  }

  @Test
  void aCompletionIsAMessage() {
    assertThat(
            toAnthropic(
                """
                {'id':'chatcmpl-1','object':'chat.completion','created':1,'model':'gpt-x',
                 'choices':[{'index':0,'finish_reason':'tool_calls','message':
                   {'role':'assistant','content':'Let me look','reasoning_content':'hm',
                    'tool_calls':[{'id':'call_1','type':'function',
                      'function':{'name':'weather','arguments':'{"city":"Bern"}'}},
                     {'id':'call_2','type':'function',
                      'function':{'name':'time','arguments':''}}]}}],
                 'usage':{'prompt_tokens':3210,'completion_tokens':40,'total_tokens':3250,
                   'prompt_tokens_details':{'cached_tokens':3000,'cache_write_tokens':200}}}
                """))
        .isEqualTo(
            object(
                """
                {'id':'chatcmpl-1','type':'message','role':'assistant','model':'openai/gpt',
                 'content':[{'type':'text','text':'Let me look'},
                   {'type':'tool_use','id':'call_1','name':'weather','input':{'city':'Bern'}},
                   {'type':'tool_use','id':'call_2','name':'time','input':{}}],
                 'stop_reason':'tool_use','stop_sequence':null,
                 'usage':{'input_tokens':10,'cache_creation_input_tokens':200,
                   'cache_read_input_tokens':3000,'output_tokens':40}}
                """));
  }

  @ParameterizedTest
  @CsvSource({
    "end_turn,stop,tool_calls",
    "stop_sequence,stop,tool_calls",
    "tool_use,stop,tool_calls",
    "pause_turn,stop,tool_calls",
    "max_tokens,length,length",
    "model_context_window_exceeded,length,length",
    "refusal,content_filter,content_filter",
    "news,stop,tool_calls"
  })
  void anEndOfAnthropicsIsOneOfOpenAis(String reason, String saying, String calling) {
    String text = "{'content':[{'type':'text','text':'a'}],'stop_reason':'%s'}";
    String call = "{'content':[{'type':'tool_use','name':'a'}],'stop_reason':'%s'}";
    assertThat(toOpenAi(text.formatted(reason)).at("/choices/0/finish_reason").asText())
        .isEqualTo(saying);
    assertThat(toOpenAi(call.formatted(reason)).at("/choices/0/finish_reason").asText())
        .isEqualTo(calling);
  }

  @ParameterizedTest
  @CsvSource({
    "stop,end_turn,tool_use",
    "tool_calls,end_turn,tool_use",
    "length,max_tokens,max_tokens",
    "content_filter,refusal,refusal",
    "news,end_turn,tool_use"
  })
  void anEndOfOpenAisIsOneOfAnthropics(String reason, String saying, String calling) {
    String text = "{'choices':[{'message':{'content':'a'},'finish_reason':'%s'}]}";
    String call =
        "{'choices':[{'message':{'tool_calls':[{'function':{'name':'a'}}]},'finish_reason':'%s'}]}";
    assertThat(toAnthropic(text.formatted(reason)).path("stop_reason").asText()).isEqualTo(saying);
    assertThat(toAnthropic(call.formatted(reason)).path("stop_reason").asText()).isEqualTo(calling);
  }

  @Test
  void aRefusalInWordsIsTextAndARefusal() {
    JsonNode message =
        toAnthropic(
            "{'choices':[{'message':{'content':null,'refusal':'no'},'finish_reason':'stop'}]}");
    assertThat(message.at("/content/0/text").asText()).isEqualTo("no");
    assertThat(message.path("stop_reason").asText()).isEqualTo("refusal");
  }

  @Test
  void whatIsNoTextAndNoCallIsSkipped() {
    JsonNode completion =
        toOpenAi(
            """
            {'id':7,'stop_reason':[],'usage':{'input_tokens':'a','output_tokens':-1},
             'content':[1,null,{'type':'text'},{'type':'text','text':5},{'text':'x'},
               {'type':'tool_use','id':'a'},{'type':'tool_use','name':'b','input':'c'}]}
            """);
    assertThat(completion.at("/choices/0/message"))
        .isEqualTo(object("{'role':'assistant','content':'','refusal':null}"));
    assertThat(completion.path("id").asText()).isEqualTo("chatcmpl-17");
    assertThat(completion.at("/usage/total_tokens").intValue()).isZero();
    JsonNode message =
        toAnthropic(
            """
            {'choices':[7,{'message':{'content':[{'type':'text','text':'a'},{'text':5},6],
              'tool_calls':[1,{},{'function':{}},{'function':'f'}]},'finish_reason':{}}],
             'usage':{'prompt_tokens':5,'prompt_tokens_details':{'cached_tokens':9}}}
            """);
    assertThat(message.path("content")).isEqualTo(TestJson.node("[{'type':'text','text':'a'}]"));
    assertThat(message.at("/usage/input_tokens").intValue()).isZero();
    assertThat(message.at("/usage/cache_read_input_tokens").intValue()).isEqualTo(5);
  }

  @Test
  void callsAloneHaveNoContent() {
    JsonNode completion = toOpenAi("{'content':[{'type':'tool_use','name':'a'}]}");
    assertThat(completion.at("/choices/0/message/content").isNull()).isTrue();
  }

  @Test
  void withoutUsageNoneIsInvented() {
    assertThat(toOpenAi("{'content':[]}").has("usage")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'content':'a'}", "{'type':'error','error':{'message':'a'}}"})
  void whatIsNoMessageFails(String answer) {
    assertFails(() -> toOpenAi(answer));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'choices':null}",
        "{'choices':[]}",
        "{'choices':[{}]}",
        "{'choices':[{'message':'a'}]}",
        "{'choices':[{'message':{'tool_calls':[{'function':{'name':'a','arguments':'{'}}]}}]}",
        "{'choices':[{'message':{'tool_calls':[{'function':{'name':'a','arguments':'1'}}]}}]}"
      })
  void whatIsNoCompletionFails(String answer) {
    assertFails(() -> toAnthropic(answer));
  }

  private static void assertFails(Runnable translation) {
    OmniRunException failure = catchThrowableOfType(OmniRunException.class, translation::run);
    assertThat(failure).isNotNull();
    assertThat(failure.code()).isEqualTo(ErrorCode.LLM_UPSTREAM_FAILED);
  }
}
