package io.omnirun.llm.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonEditsTest {
  private static JsonEdits edits(String json) throws IOException {
    return new JsonEdits(JsonFields.read(utf8(json)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(JsonEdits edits) {
    return new String(edits.apply(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        // An only one, the first, one in the middle, the last.
        "{\"m\":1}                     | {\"m\":7}",
        "{\"m\":1,\"b\":2}             | {\"m\":7,\"b\":2}",
        "{\"a\":1,\"m\":\"x\",\"b\":2} | {\"a\":1,\"m\":7,\"b\":2}",
        "{\"a\":1,\"m\":12}            | {\"a\":1,\"m\":7}",
        // Space stays.
        "`{ \"m\" :\t1 , \"b\" : 2 }`  | `{ \"m\" :\t7 , \"b\" : 2 }`",
        "{\"m\":1  }                   | {\"m\":7  }",
        // Whatever the old value was, and whatever is like the name.
        "{\"m\":{\"m\":[1,{}]},\"b\":1}| {\"m\":7,\"b\":1}",
        "{\"a\":\"m\",\"b\":{\"m\":1},\"m\":null} | {\"a\":\"m\",\"b\":{\"m\":1},\"m\":7}",
        "{\"\\u006d\":\"ü\",\"b\":\"€\"} | {\"\\u006d\":7,\"b\":\"€\"}",
        "{\"ü\":\"😀\",\"m\":\"😀\"}    | {\"ü\":\"😀\",\"m\":7}",
        // It is not there.
        "{}                            | {\"m\":7}",
        "`{ }`                         | `{\"m\":7 }`",
        "`  {\"a\":1}`                 | `  {\"m\":7,\"a\":1}`",
        "`{ \"a\":{\"m\":1}}`          | `{ \"m\":7,\"a\":{\"m\":1}}`"
      })
  void aFieldGetsAnotherValueAndAllElseStays(String json, String expected) throws IOException {
    assertThat(text(edits(json).set("m", utf8("7")))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{\"m\":1}                      | {}",
        "`{ \"m\" : 1 }`                | `{  }`",
        "{\"m\":1,\"b\":2}              | {\"b\":2}",
        "`{ \"m\":1 , \"b\":2 }`        | `{ \"b\":2 }`",
        "{\"a\":1,\"m\":{\"x\":[]},\"b\":2} | {\"a\":1,\"b\":2}",
        "{\"a\":1,\"m\":12}             | {\"a\":1}",
        "`{\"a\":1 , \"m\":12 }`        | `{\"a\":1 }`",
        "{\"a\":{\"m\":1}}              | {\"a\":{\"m\":1}}",
        "{\"ü\":\"é\",\"m\":\"ü\",\"ö\":1} | {\"ü\":\"é\",\"ö\":1}",
        "{}                             | {}"
      })
  void aFieldGoesWithItsComma(String json, String expected) throws IOException {
    assertThat(text(edits(json).remove("m"))).isEqualTo(expected);
  }

  @Test
  void severalAreSetInAnyOrder() throws IOException {
    JsonEdits edits = edits("{\"a\":1,\"b\":2}");
    assertThat(text(edits.set("c", utf8("[]")).set("b", utf8("\"x\"")).set("a", utf8("null"))))
        .isEqualTo("{\"c\":[],\"a\":null,\"b\":\"x\"}");
  }

  @FuzzTest(maxDuration = "60s")
  void editingOneFieldKeepsAllOthersAsTheyAre(FuzzedDataProvider data) throws IOException {
    boolean sets = data.consumeBoolean();
    int chosen = data.consumeInt(0, 5);
    byte[] text = data.consumeRemainingAsBytes();
    JsonFields fields;
    try {
      fields = JsonFields.read(text);
    } catch (IOException noObject) {
      return;
    }
    requireSame(fields, sets, chosen);
  }

  /** One of its fields, or one that it has not. */
  private static void requireSame(JsonFields fields, boolean sets, int chosen) throws IOException {
    String name = fields.byName().keySet().stream().skip(chosen).findFirst().orElse("m_new");
    Map<String, String> expected = values(fields);
    JsonEdits edits = new JsonEdits(fields);
    if (sets) {
      edits.set(name, utf8("[7]"));
      expected.put(name, "[7]");
    } else {
      edits.remove(name);
      expected.remove(name);
    }
    assertThat(values(JsonFields.read(edits.apply()))).isEqualTo(expected);
  }

  private static Map<String, String> values(JsonFields fields) {
    Map<String, String> values = new LinkedHashMap<>();
    fields
        .byName()
        .forEach(
            (name, field) ->
                values.put(name, new String(fields.value(field), StandardCharsets.ISO_8859_1)));
    return values;
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {"`\uFEFF{\"a\":1}`", "`\t{ \"a\" :\"ü\" , \"b\":[1 ,2] , \"c\": -0.0 }\n`", "`{}`"})
  void editingOneFieldKeepsAllOthersAsTheyAre(String json) throws IOException {
    for (int chosen = 0; chosen < 4; chosen++) {
      requireSame(JsonFields.read(utf8(json)), true, chosen);
      requireSame(JsonFields.read(utf8(json)), false, chosen);
    }
  }
}
