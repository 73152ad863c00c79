package io.omnirun.llm.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.omnirun.llm.PromptSize;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesRequestTest {
  private static MessagesRequest read(String json) {
    return MessagesRequest.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), "");
  }

  private static PromptSize prompt(String block) {
    return read("{'model':'m','max_tokens':5,'messages':[{'role':'user','content':["
            + block
            + "]}]}")
        .facts()
        .prompt();
  }

  @Test
  void whatCountsIsRead() {
    var facts = read("{'model':'m','max_tokens':5,'stream':true,'messages':[]}").facts();
    assertThat(facts.model()).isEqualTo("m");
    assertThat(facts.maxCompletionTokens()).hasValue(5);
    assertThat(facts.isStreamed()).isTrue();
    assertThat(facts.choices()).isOne();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "[]                                                | not valid JSON",
        "{'model':'m','messages':[]}                       | max_tokens",
        "{'model':'m','max_tokens':-1,'messages':[]}       | max_tokens",
        "{'model':'m','max_tokens':1}                      | messages",
        "{'model':'m','max_tokens':1,'messages':{}}        | messages",
        "{'model':'m','max_tokens':1,'messages':[7]}       | messages[0].role",
        "{'model':'m','max_tokens':1,'messages':[{'role':'system'}]} | messages[0].role",
        "{'max_tokens':1,'messages':[]}                    | model",
        "{'model':'m','max_tokens':1,'max_tokens':9,'messages':[]} | twice"
      })
  void whatMakesNoSenseIsRefused(String json, String named) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining(named);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'%s'}}",
        "{'type':'tool_result','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'%s'}}]}",
        "{'type':'document','source':{'type':'content','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'%s'}}]}}"
      })
  void anImageCountsAsOneWhereverItStands(String block) {
    PromptSize size = prompt(block.formatted("A".repeat(10_000)));
    assertThat(size.images()).isOne();
    assertThat(size.textBytes()).isLessThan(400);
    assertThat(size.hasReferences()).isFalse();
  }

  @Test
  void anImageElsewhereCountsAsOneAndATextByItsBytes() {
    assertThat(prompt("{'type':'image','source':{'type':'url','url':'https://a.example/b'}}"))
        .extracting(PromptSize::images, PromptSize::hasReferences)
        .containsExactly(1, false);
    PromptSize text =
        prompt(
            "{'type':'document','source':{'type':'text','media_type':'text/plain','data':'%s'}}"
                .formatted("A".repeat(10_000)));
    assertThat(text.textBytes()).isGreaterThan(10_000);
    assertThat(text.hasReferences()).isFalse();
  }

  /** Pages of a document are read as pictures and as text: its bytes bound nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'AAAA'}}",
        "{'type':'document','source':{'type':'url','url':'https://a.example/b.pdf'}}",
        "{'type':'document','source':{'type':'file','file_id':'file_1'}}",
        "{'type':'image','source':{'type':'file','file_id':'file_1'}}"
      })
  void aDocumentMayBeAsLongAsTheModelTakes(String block) {
    assertThat(prompt(block).most(1, 200_000)).isEqualTo(200_000);
  }

  @FuzzTest(maxDuration = "60s")
  void anyBodyIsReadOrRefused(byte[] body) {
    try {
      MessagesRequest request = MessagesRequest.read(body, "");
      assertThat(request.facts().maxCompletionTokens()).isPresent();
      assertThat(request.facts().prompt().most(1, Long.MAX_VALUE)).isNotNegative();
    } catch (OmniRunException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
  }
}
