package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {
  private final TestServer server =
      new TestServer(
          new Router()
              .add(
                  "POST",
                  "/read",
                  exchange -> {
                    JsonFields fields = exchange.readJson();
                    fields.optionalString("text");
                    fields.optionalInteger("number", 0, 100);
                    fields.flag("flag");
                    fields.stringMap("map");
                    fields.stringList("list");
                    fields.optionalObject("inner").ifPresent(inner -> inner.flag("deep"));
                    exchange.empty(204);
                  })
              .add("POST", "/nothing", exchange -> exchange.empty(204)));

  @AfterEach
  void closeServer() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        " { \"text\" : \"a\" } ",
        "{\"text\":null,\"number\":null,\"flag\":null,\"map\":null,\"list\":null,\"inner\":null}",
        "{\"number\":0}",
        "{\"number\":100}",
        "{\"flag\":true,\"map\":{\"a\":\"b\"},\"list\":[\"a\"],\"inner\":{\"deep\":false}}",
        "{\"unknown\":{\"a\":[1,2,{\"b\":1.5e3}]}}",
        "{\"text\":\"\\ud83d\\ude00\"}"
      })
  void isTaken(String body) throws Exception {
    assertThat(server.post("/read", body).body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"text":1}                 | field \\"text\\" must be a string, not the number 1
          {"text":["a"]}             | field \\"text\\" must be a string, not an array
          {"number":"60"}            | field \\"number\\" must be an integer from 0 to 100, not a string
          {"number":60.0}            | not the number 60.0
          {"number":6e1}             | not the number 60.0
          {"number":101}             | not the number 101
          {"number":-1}              | not the number -1
          {"number":99999999999999999999} | not the number 99999999999999999999
          {"number":true}            | must be an integer from 0 to 100, not true
          {"flag":"true"}            | field \\"flag\\" must be a boolean, not a string
          {"flag":0}                 | must be a boolean, not the number 0
          {"map":[]}                 | field \\"map\\" must be an object, not an array
          {"map":{"a":1}}            | field \\"map.a\\" must be a string, not the number 1
          {"map":{"a":null}}         | field \\"map.a\\" must be a string, not null
          {"list":"a"}               | field \\"list\\" must be an array of strings, not a string
          {"list":["a",{}]}          | field \\"list[1]\\" must be a string, not an object
          {"inner":true}             | field \\"inner\\" must be an object, not true
          {"inner":{"deep":"x"}}     | field \\"inner.deep\\" must be a boolean, not a string
          {"text":"\\ud83d"}         | half a surrogate pair
          []                         | the body is an array; a JSON object is expected
          "text"                     | the body is a string
          null                       | the body is null
          {"text":"a"                | not valid JSON
          {'text':'a'}               | not valid JSON
          {"text":"a"} x             | not valid JSON
          {"text":"a"}{}             | not valid JSON
          {"text":"a","text":"b"}    | not valid JSON
          {"number":NaN}             | not valid JSON
          {"number":01}              | not valid JSON
          hello                      | not valid JSON
          """)
  void isRefusedNamingWhatIsWrong(String body, String message) throws Exception {
    HttpResponse<String> answer = server.post("/read", body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"invalid_request\"").contains(message);
  }

  @Test
  void anEmptyBodyIsRefusedWhereOneIsWanted() throws Exception {
    assertThat(server.post("/read", "").body()).contains("the body is empty");
  }

  @Test
  void anEmptyBodyCalledJsonIsTakenWhereNoneIsWanted() throws Exception {
    assertThat(server.post("/nothing", "").statusCode()).isEqualTo(204);
  }

  @Test
  void nestingIsBounded() throws Exception {
    assertThat(server.post("/read", "{\"a\":" + nested(63) + "}").statusCode()).isEqualTo(204);
    assertThat(server.post("/read", "{\"a\":" + nested(64) + "}").body())
        .contains("nested deeper than 64 levels");
    assertThat(server.post("/read", nested(100_000)).statusCode()).isEqualTo(400);
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  @Test
  void aNumberOfAMillionDigitsIsRefused() throws Exception {
    assertThat(server.post("/read", "{\"a\":" + "9".repeat(1_000_000) + "}").statusCode())
        .isEqualTo(400);
  }

  @Test
  void aBodyOfMoreThanTheLimitIsRefusedWithItsLengthKnownOrNot() throws Exception {
    String body = "{\"a\":\"" + "x".repeat(1024 * 1024) + "\"}";
    HttpRequest chunked =
        HttpRequest.newBuilder(server.uri("/read"))
            .POST(
                BodyPublishers.ofInputStream(
                    () -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))))
            .build();

    for (HttpResponse<String> answer :
        new HttpResponse[] {server.post("/read", body), server.send(chunked)}) {
      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(answer.body()).contains("body_too_large").contains("1,048,576 bytes");
    }
  }

  @Test
  void aBodyThatIsNotUtf8IsRefused() throws Exception {
    HttpRequest latin =
        HttpRequest.newBuilder(server.uri("/read"))
            .POST(
                BodyPublishers.ofByteArray(
                    "{\"text\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1)))
            .build();

    assertThat(server.send(latin).body()).contains("the body is not UTF-8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                    | 204
          application/json; charset=utf-8     | 204
          Application/JSON;charset="UTF-8"    | 204
          application/merge-patch+json        | 204
          application/x-www-form-urlencoded   | 204
          application/json; charset=utf-16    | 415
          multipart/form-data; boundary=x     | 415
          application/xml                     | 415
          """)
  void theMediaTypeIsChecked(String type, int status) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/read"))
            .header("Content-Type", type)
            .POST(BodyPublishers.ofString("{}"))
            .build();

    assertThat(server.send(request).statusCode()).isEqualTo(status);
  }

  @Test
  void aCompressedBodyIsRefused() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri("/read"))
            .header("Content-Encoding", "gzip")
            .POST(BodyPublishers.ofString("{}"))
            .build();

    assertThat(server.send(request).body()).contains("unsupported_media_type");
  }
}
