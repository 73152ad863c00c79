package io.omnirun.llm.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.llm.PromptSize;
import io.omnirun.llm.wire.JsonEdits;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRequestTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static ChatRequest read(String more) {
    return ChatRequest.read(
        ("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]" + more + "}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static PromptSize prompt(String content) {
    return ChatRequest.read(
            ("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]}")
                .getBytes(StandardCharsets.UTF_8))
        .facts()
        .prompt();
  }

  @Test
  void whatCountsIsReadAndNullIsAsGoodAsAbsent() {
    ChatRequest request =
        read(
            ",\"stream\":true,\"n\":3,\"max_tokens\":null,\"max_completion_tokens\":7"
                + ",\"stream_options\":{\"include_usage\":true}");
    assertThat(request.facts().model()).isEqualTo("m");
    assertThat(request.facts().isStreamed()).isTrue();
    assertThat(request.facts().choices()).isEqualTo(3);
    assertThat(request.facts().maxCompletionTokens()).hasValue(7);
    assertThat(request.wantsUsage()).isTrue();
    ChatRequest bare = read(",\"stream\":null,\"n\":null,\"stream_options\":null");
    assertThat(bare.facts().isStreamed()).isFalse();
    assertThat(bare.facts().choices()).isOne();
    assertThat(bare.facts().maxCompletionTokens()).isEmpty();
    assertThat(bare.wantsUsage()).isFalse();
  }

  @Test
  void ofTwoBoundsTheLargerIsReserved() {
    assertThat(read(",\"max_tokens\":5,\"max_completion_tokens\":9").facts().maxCompletionTokens())
        .hasValue(9);
    assertThat(read(",\"max_tokens\":9,\"max_completion_tokens\":5").facts().maxCompletionTokens())
        .hasValue(9);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "0",
        "1.0",
        "1e3",
        "\"7\"",
        "true",
        "[]",
        "100000001",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999999999999999999999999"
      })
  void aBoundOfTokensIsAWholeNumberWithinReason(String number) {
    assertThatThrownBy(() -> read(",\"max_tokens\":" + number))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining("max_tokens");
  }

  @Test
  void aNumberWithoutEndIsRefusedAsWell() {
    assertThatThrownBy(() -> read(",\"max_tokens\":" + "9".repeat(5_000)))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("Number value length");
  }

  @Test
  void manySmallValuesAreRefusedBeforeTheyFillTheMemory() {
    String values = "{},".repeat(1_500_000);
    assertThatThrownBy(() -> prompt("[" + values + "{}]"))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("not valid JSON");
  }

  @Test
  void anImageCountsAsOneAndNotByItsBytes() {
    String pixels = "A".repeat(10_000);
    PromptSize size =
        prompt(
            "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,%s\"}}]"
                .formatted(pixels));
    assertThat(size.images()).isOne();
    assertThat(size.textBytes()).isLessThan(200);
    assertThat(size.most(50_000, 1_000_000)).isBetween(50_000L, 50_200L);
    assertThat(size.hasReferences()).isFalse();
  }

  @Test
  void whatOnlyLooksLikeAnImageCountsByItsBytes() {
    String text = "A".repeat(10_000);
    PromptSize size =
        prompt(
            "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a.example/%s\"}}]"
                .formatted(text));
    assertThat(size.textBytes()).isGreaterThan(10_000);
  }

  /** Pages of a document are read as pictures and as text: its bytes bound nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}",
        "{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64,AAAA\"}}"
      })
  void aFileMayBeAsLongAsTheModelTakes(String part) {
    assertThat(prompt("[" + part + "]").most(1, 128_000)).isEqualTo(128_000);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "``                                                       | {\"include_usage\":true}",
        "`,\"stream_options\":null`                               | {\"include_usage\":true}",
        "`,\"stream_options\":{}`                                 | {\"include_usage\":true}",
        "`,\"stream_options\":{\"a\":1,\"include_usage\":false}`  |"
            + " {\"a\":1,\"include_usage\":true}"
      })
  void usageIsAskedForBesideWhatIsThere(String more, String expected) throws IOException {
    ChatRequest request = read(more);
    byte[] sent =
        new JsonEdits(request.fields())
            .set("stream_options", request.streamOptionsWithUsage())
            .apply();
    assertThat(JSON.readTree(sent).path("stream_options")).isEqualTo(JSON.readTree(expected));
  }

  @FuzzTest(maxDuration = "60s")
  void anyBodyIsReadOrRefused(byte[] body) throws IOException {
    try {
      ChatRequest request = ChatRequest.read(body);
      assertThat(request.facts().choices()).isBetween(1, 128);
      assertThat(request.facts().prompt().most(1, Long.MAX_VALUE)).isNotNegative();
      assertThat(JSON.readTree(request.streamOptionsWithUsage()).path("include_usage").asBoolean())
          .isTrue();
    } catch (OmniRunException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
  }
}
