package io.omnirun.llm.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.llm.wire.JsonFields.Field;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFieldsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "  {  }  ",
        "{\"a\":1}",
        "{\"a\":-1.5e+3}",
        "{\"a\":12345678901234567890 }",
        "{\"a\":1,\"b\":22,\"c\":333}",
        "\t{ \"a\" : 1 ,\r\n \"b\" :\"x\" }\n",
        "{\"a\":true,\"b\":false,\"c\":null}",
        "{\"a\":[],\"b\":{},\"c\":[[1],{\"d\":2}]}",
        "{\"a\":{\"a\":{\"a\":\"}\"}},\"b\":\"]\"}",
        "{\"a\\\"b\":\"c\\\\\",\"d\\u0065\":\"\\u00fc\\ud83d\\ude00\"}",
        "{\"ü\":\"é€😀\",\"b\":1}",
        "{\"日本\":[\"日本\"],\"a\":\"日本\",\"z\":0}",
        "{\"\":\"\",\" \":\" \"}",
        "\uFEFF{\"a\":\"ü\",\"b\":2}",
      })
  void everyFieldStandsWhereItSays(String json) throws IOException {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    JsonFields fields = JsonFields.read(text);
    JsonNode expected = JSON.readTree(json.replace("\uFEFF", ""));
    assertThat(fields.byName().keySet()).containsExactlyElementsOf(names(expected));
    for (var entry : fields.byName().entrySet()) {
      Field field = entry.getValue();
      String value = new String(fields.value(field), StandardCharsets.UTF_8);
      assertThat(value).isEqualTo(value.strip()).isNotEmpty();
      assertThat(JSON.readTree(value)).isEqualTo(expected.get(entry.getKey()));
      String before = slice(text, field.nameStart(), field.valueStart());
      assertThat(before).startsWith("\"").containsPattern("\"\\s*:\\s*$");
      assertThat(JSON.readTree(before.strip().replaceAll(":$", "")).textValue())
          .isEqualTo(entry.getKey());
      assertThat(slice(text, field.end(), text.length).strip()).matches("(?s)[,}].*");
    }
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(java.util.Map.Entry::getKey).toList();
  }

  private static String slice(byte[] text, int start, int end) {
    return new String(text, start, end - start, StandardCharsets.UTF_8);
  }

  @Test
  void bytesAreCountedNotCharacters() throws IOException {
    JsonFields fields =
        JsonFields.read("{\"ü€\":\"😀\",\"n\":17}".getBytes(StandardCharsets.UTF_8));
    Field emoji = fields.find("ü€").orElseThrow();
    assertThat(List.of(emoji.nameStart(), emoji.valueStart(), emoji.end()))
        .containsExactly(1, 9, 15);
    Field number = fields.find("n").orElseThrow();
    assertThat(List.of(number.nameStart(), number.valueStart(), number.end()))
        .containsExactly(16, 20, 22);
  }

  @Test
  void whatIsNullIsNotFound() throws IOException {
    JsonFields fields = JsonFields.read("{\"a\":null,\"b\":0}".getBytes(StandardCharsets.UTF_8));
    assertThat(fields.find("a")).isEmpty();
    assertThat(fields.find("b")).isPresent();
    assertThat(fields.find("c")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "1",
        "\"a\"",
        "null",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1}}",
        "{\"a\":1}{}",
        "{\"a\":1} x",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":[1}",
        "{\"a\":{]}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"open",
        "{/* */\"a\":1}",
        "{\"a\":1} // b"
      })
  void whatIsNoStrictObjectIsRefused(String json) {
    assertThatThrownBy(() -> JsonFields.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2,\"\\u0061\":1}", "{\"a\":null,\"a\":null}"})
  void aNameThatStandsTwiceIsRefusedHoweverItIsSpelt(String json) {
    assertThatThrownBy(() -> JsonFields.read(json.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("twice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
  void otherEncodingsAreRefused(String encoding) {
    byte[] text = "{\"a\":\"b\"}".getBytes(Charset.forName(encoding));
    assertThatThrownBy(() -> JsonFields.read(text)).hasMessageContaining("UTF-8");
  }

  @Test
  void brokenUtf8IsRefused() {
    assertThatThrownBy(
            () -> JsonFields.read(new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xC3, '"', '}'}))
        .isInstanceOf(IOException.class);
  }

  @Test
  void depthIsBounded() throws IOException {
    int most = JsonText.MAX_DEPTH - 1;
    JsonFields.read(nested(most));
    assertThatThrownBy(() -> JsonFields.read(nested(most + 1))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> JsonFields.read(nested(1_000_000))).isInstanceOf(IOException.class);
  }

  private static byte[] nested(int arrays) {
    return ("{\"a\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theNumberOfFieldsIsBounded() throws IOException {
    assertThat(JsonFields.read(wide(1_000)).byName()).hasSize(1_000);
    assertThatThrownBy(() -> JsonFields.read(wide(1_001))).hasMessageContaining("fields");
  }

  private static byte[] wide(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"a" + i + "\":1")
        .collect(Collectors.joining(",", "{", "}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hush", "{\"a\":hush}", "{\"a\":\"hush\\q\"}", "{\"a\":[\"hush\" hush]}"})
  void whatIsWrongIsToldWithoutTheText(String json) {
    assertThatThrownBy(() -> JsonFields.read(json.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("near byte")
        .hasMessageNotContaining("hush")
        .hasNoCause();
  }
}
