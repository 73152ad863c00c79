package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked for in one protocol and cannot be said in the other is refused by its name. */
class RefusalsTest {
  private static final String HI = "'messages':[{'role':'user','content':'hi'}]";

  private static void assertRefused(Runnable translation, String field) {
    OmniRunException refusal = catchThrowableOfType(OmniRunException.class, translation::run);
    assertThat(refusal).as("a refusal of " + field).isNotNull();
    assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(refusal).hasMessageStartingWith("field \"" + field + "\" ");
  }

  private static void assertOpenAiRefused(String fields, String field) {
    assertRefused(
        () -> OpenAiToAnthropic.request(object("{" + fields + "}"), "claude-opus-4-7", 100), field);
  }

  private static void assertAnthropicRefused(String fields, String field) {
    assertRefused(() -> AnthropicToOpenAi.request(object("{" + fields + "}"), "o3"), field);
  }

  @ParameterizedTest(name = "{1}: {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'n':2 | n",
        "'n':'1' | n",
        "'n':0 | n",
        "'logprobs':true | logprobs",
        "'logit_bias':{'50':1} | logit_bias",
        "'modalities':['text','audio'] | modalities",
        "'audio':{'voice':'a'} | audio",
        "'functions':[] | functions",
        "'function_call':'auto' | function_call",
        "'web_search_options':{} | web_search_options",
        "'max_tokens':0 | max_tokens",
        "'max_tokens':1.5 | max_tokens",
        "'max_completion_tokens':99999999999 | max_completion_tokens",
        "'temperature':2.1 | temperature",
        "'temperature':'hot' | temperature",
        "'top_p':-1 | top_p",
        "'stop':1 | stop",
        "'stop':['a',1] | stop[1]",
        "'user':1 | user",
        "'stream':'yes' | stream",
        "'reasoning_effort':'heroic' | reasoning_effort",
        "'response_format':{'type':'grammar'} | response_format.type",
        "'response_format':{'type':'json_schema'} | response_format.json_schema",
        "'response_format':{'type':'json_schema','json_schema':{}} | response_format.json_schema.schema",
        "'tools':{} | tools",
        "'tools':[1] | tools[0]",
        "'tools':[{'type':'custom'}] | tools[0].type",
        "'tools':[{'type':'function'}] | tools[0].function",
        "'tools':[{'type':'function','function':{}}] | tools[0].function.name",
        "'tools':[{'type':'function','function':{'name':'a','parameters':[]}}] | tools[0].function.parameters",
        "'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':'some' | tool_choice",
        "'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':{'type':'allowed_tools'} | tool_choice.type"
      })
  void whatAnthropicDoesNotDo(String field, String name) {
    assertOpenAiRefused(HI + "," + field, name);
  }

  @ParameterizedTest(name = "{1}: {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'content':'a'} | role",
        "{'role':'function','content':'a'} | role",
        "{'role':'user'} | content",
        "{'role':'user','content':7} | content",
        "{'role':'user','content':[{'text':'a'}]} | content[0].type",
        "{'role':'user','content':[{'type':'text'}]} | content[0].text",
        "{'role':'user','content':[{'type':'input_audio'}]} | content[0].type",
        "{'role':'user','content':[{'type':'file'}]} | content[0].type",
        "{'role':'user','content':[{'type':'image_url','image_url':'a'}]} | content[0].image_url",
        "{'role':'user','content':[{'type':'image_url','image_url':{'url':'ftp://a'}}]} | content[0].image_url.url",
        "{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/tiff;base64,AA'}}]} | content[0].image_url.url",
        "{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png,AA'}}]} | content[0].image_url.url",
        "{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png;base64'}}]} | content[0].image_url.url",
        "{'role':'assistant','audio':{'id':'a'}} | audio",
        "{'role':'assistant','function_call':{}} | function_call",
        "{'role':'assistant','tool_calls':[{'type':'custom'}]} | tool_calls[0].type",
        "{'role':'assistant','tool_calls':[{'function':{'name':'a','arguments':'{}'}}]} | tool_calls[0].id",
        "{'role':'assistant','tool_calls':[{'id':'a','function':{'arguments':'{}'}}]} | tool_calls[0].function.name",
        "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'a','arguments':'{\\\"a\\\":'}}]} | tool_calls[0].function.arguments",
        "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'a','arguments':'[1]'}}]} | tool_calls[0].function.arguments",
        "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'a','arguments':'{} x'}}]} | tool_calls[0].function.arguments",
        "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'a','arguments':{}}}]} | tool_calls[0].function.arguments",
        "{'role':'tool','content':'a'} | tool_call_id"
      })
  void messagesThatAnthropicDoesNotTake(String message, String name) {
    assertOpenAiRefused("'messages':[" + message + "]", "messages[0]." + name);
  }

  @ParameterizedTest(name = "{1}: {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'mcp_servers':[{}] | mcp_servers",
        "'container':'a' | container",
        "'max_tokens':0 | max_tokens",
        "'temperature':1.5 | temperature",
        "'stop_sequences':'a' | stop_sequences",
        "'system':[{'type':'image'}] | system[0].type",
        "'tools':[{'type':'web_search_20250305','name':'web_search'}] | tools[0].type",
        "'tools':[{'name':'a'}] | tools[0].input_schema",
        "'tools':[{'name':'a','input_schema':{}}],'tool_choice':{'type':'some'} | tool_choice.type",
        "'output_config':{'format':{'type':'regex'}} | output_config.format.type",
        "'output_config':{'effort':'heroic'} | output_config.effort"
      })
  void whatOpenAiDoesNotDo(String field, String name) {
    assertAnthropicRefused(HI + "," + field, name);
  }

  @ParameterizedTest(name = "{1}: {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'role':'tool','content':'a'} | role",
        "{'role':'user','content':[{'type':'document'}]} | content[0].type",
        "{'role':'user','content':[{'type':'image','source':{'type':'file'}}]} | content[0].source.type",
        "{'role':'user','content':[{'type':'image','source':{'type':'base64','media_type':'a/b','data':''}}]} | content[0].source.media_type",
        "{'role':'user','content':[{'type':'tool_result'}]} | content[0].tool_use_id",
        "{'role':'user','content':[{'type':'tool_result','tool_use_id':'a','content':[{'type':'document'}]}]} | content[0].content[0].type",
        "{'role':'assistant','content':[{'type':'server_tool_use'}]} | content[0].type",
        "{'role':'assistant','content':[{'type':'tool_use','id':'a','name':'b','input':'c'}]} | content[0].input"
      })
  void messagesThatOpenAiDoesNotTake(String message, String name) {
    assertAnthropicRefused("'messages':[" + message + "]", "messages[0]." + name);
  }

  @Test
  void aConversationSaysSomething() {
    for (String messages :
        new String[] {
          "'messages':[]", "'model':'m'", "'messages':[{'role':'user','content':[]}]"
        }) {
      assertOpenAiRefused(messages, "messages");
      assertAnthropicRefused(messages, "messages");
    }
    assertOpenAiRefused("'messages':[{'role':'system','content':'a'}]", "messages");
  }
}
