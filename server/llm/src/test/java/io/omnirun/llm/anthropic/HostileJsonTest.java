package io.omnirun.llm.anthropic;

import static io.omnirun.llm.anthropic.TestJson.object;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever JSON comes in, what goes out is a translation or an error of ours. */
class HostileJsonTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  private static final List<JsonNode> WRONG =
      List.of(
          TestJson.node("null"),
          TestJson.node("true"),
          TestJson.node("-1"),
          TestJson.node("0"),
          TestJson.node("1.5"),
          TestJson.node("1e999"),
          TestJson.node("9".repeat(30)),
          TestJson.node("''"),
          TestJson.node("'text'"),
          TestJson.node("[]"),
          TestJson.node("{}"),
          TestJson.node("[null,1,'a',[],{},{'type':'text'},{'type':'tool_use','name':'a'}]"),
          TestJson.node("{'type':[],'index':{},'error':[],'id':1,'name':{},'url':'data:,'}"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'model':'m','max_tokens':5,'n':1,'temperature':1,'stop':['a'],'user':'u','stream':true,'reasoning_effort':'low','logit_bias':{},'modalities':['text'],'tool_choice':{'type':'function','function':{'name':'a'}},'tools':[{'type':'function','function':{'name':'a','parameters':{}}}],'response_format':{'type':'json_schema','json_schema':{'schema':{}}},'messages':[{'role':'system','content':'a'},{'role':'user','content':[{'type':'text','text':'a'},{'type':'image_url','image_url':{'url':'data:image/png;base64,AA'}}]},{'role':'assistant','content':'a','tool_calls':[{'id':'a','function':{'name':'a','arguments':'{}'}}]},{'role':'tool','tool_call_id':'a','content':'b'}]}",
        "{'model':'m','max_tokens':5,'system':[{'type':'text','text':'a'}],'metadata':{'user_id':'a'},'stop_sequences':['a'],'thinking':{'type':'enabled','budget_tokens':2000},'output_config':{'effort':'low','format':{'type':'json_schema','schema':{}}},'tools':[{'name':'a','input_schema':{}}],'tool_choice':{'type':'tool','name':'a'},'messages':[{'role':'user','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'a'}},{'type':'tool_result','tool_use_id':'a','content':[{'type':'text','text':'a'}]}]},{'role':'assistant','content':[{'type':'text','text':'a'},{'type':'tool_use','id':'a','name':'b','input':{}}]}]}",
        "{'id':'a','content':[{'type':'text','text':'a'},{'type':'tool_use','id':'a','name':'b','input':{'a':1}}],'stop_reason':'tool_use','usage':{'input_tokens':1,'output_tokens':2,'cache_read_input_tokens':3}}",
        "{'id':'a','choices':[{'index':0,'message':{'content':'a','refusal':'b','tool_calls':[{'id':'a','function':{'name':'b','arguments':'{}'}}]},'delta':{'content':'a','refusal':'b','tool_calls':[{'index':0,'id':'a','function':{'name':'b','arguments':'{}'}}]},'finish_reason':'stop'}],'usage':{'prompt_tokens':1,'completion_tokens':2,'prompt_tokens_details':{'cached_tokens':1}}}",
        "{'type':'message_start','message':{'id':'a','usage':{'input_tokens':1}}}",
        "{'type':'content_block_start','index':0,'content_block':{'type':'tool_use','id':'a','name':'b','input':{'a':1}}}",
        "{'type':'content_block_delta','index':0,'delta':{'type':'input_json_delta','partial_json':'a','text':'b'}}",
        "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':1}}",
        "{'type':'error','error':{'type':'api_error','message':'a'},'message':'b'}"
      })
  void aWrongTypeAnywhereIsNoFaultOfOurs(String json) {
    ObjectNode sample = object(json);
    translateInAllWays(sample);
    int places = places(sample).size();
    for (int place = 0; place < places; place++) {
      for (JsonNode wrong : WRONG) {
        ObjectNode changed = sample.deepCopy();
        places(changed).get(place).put(wrong);
        translateInAllWays(changed);
      }
    }
  }

  @FuzzTest(maxDuration = "60s")
  void anyJsonIsTranslatedOrRefused(byte[] bytes) {
    try {
      JsonNode read = MAPPER.readTree(new String(bytes, UTF_8));
      if (read instanceof ObjectNode object) {
        translateInAllWays(object);
      } else if (read instanceof ArrayNode array) {
        translateAsStreams(array);
      }
    } catch (JsonProcessingException e) {
      // Nobody is asked to translate what is no JSON.
    }
  }

  /** Where another value can be put. */
  private interface Place {
    void put(JsonNode value);
  }

  private static List<Place> places(JsonNode node) {
    List<Place> places = new ArrayList<>();
    if (node instanceof ObjectNode object) {
      for (var field : object.properties()) {
        places.add(value -> object.set(field.getKey(), value));
        places.addAll(places(field.getValue()));
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int index = i;
        places.add(value -> array.set(index, value));
        places.addAll(places(array.get(i)));
      }
    }
    return places;
  }

  private static void translateInAllWays(ObjectNode object) {
    for (String model : new String[] {"claude-sonnet-4-5", "claude-opus-4-7", "gpt-5"}) {
      attempt(() -> OpenAiToAnthropic.request(object, model, 100));
      attempt(() -> AnthropicToOpenAi.request(object, model));
    }
    attempt(() -> OpenAiToAnthropic.response(object, "m", 1));
    attempt(() -> AnthropicToOpenAi.response(object, "m"));
    attempt(() -> AnthropicErrors.toOpenAi(400, object));
    attempt(() -> AnthropicErrors.ofOpenAi(400, object));
    translateAsStreams(JsonNodeFactory.instance.arrayNode().add(object).add(object));
  }

  private static void translateAsStreams(ArrayNode array) {
    AnthropicEventsToOpenAi events = new AnthropicEventsToOpenAi("m", 1, true);
    OpenAiChunksToAnthropic chunks = new OpenAiChunksToAnthropic("m");
    for (JsonNode element : array) {
      if (element instanceof ObjectNode data) {
        attempt(() -> sum(events.event("", data)));
        attempt(() -> sum(chunks.chunk(data).stream().map(AnthropicEvent::data).toList()));
      }
    }
    attempt(() -> sum(events.event("message_stop", JsonNodeFactory.instance.objectNode())));
    attempt(() -> sum(chunks.end().stream().map(AnthropicEvent::data).toList()));
    assertThat(events.isDone()).isTrue();
  }

  private static ObjectNode sum(List<ObjectNode> sent) {
    ObjectNode sum = JsonNodeFactory.instance.objectNode();
    sum.putArray("sent").addAll(sent);
    return sum;
  }

  /** A translation, which must be JSON that others can read. */
  private interface Translation {
    ObjectNode translate();
  }

  private static void attempt(Translation translation) {
    try {
      ObjectNode made = translation.translate();
      assertThat(MAPPER.readTree(MAPPER.writeValueAsBytes(made))).isNotNull();
    } catch (OmniRunException e) {
      assertThat(e.getMessage()).isNotBlank();
    } catch (IOException e) {
      throw new AssertionError("no JSON was made", e);
    }
  }
}
