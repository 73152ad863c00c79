package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RouterTest {
  private final Router router =
      new Router()
          .add("GET", "/things/{id}", named("thing"))
          .add("GET", "/things/history", named("history"))
          .add("GET", "/things/{id}/parts/{part}", named("part"))
          .add("POST", "/things/{id}", exchange -> exchange.empty(204))
          .add("GET", "/text", exchange -> exchange.json(200, json -> json.writeString("a text")));
  private final TestServer server = new TestServer(router);

  private static RouteHandler named(String name) {
    return exchange ->
        exchange.json(
            200,
            json -> {
              json.writeStartArray();
              json.writeString(name);
              if (!name.equals("history")) {
                json.writeString(exchange.pathParameter("id"));
              }
              json.writeEndArray();
            });
  }

  @AfterEach
  void closeServer() {
    server.close();
  }

  @Test
  void aLiteralSegmentWinsOverAParameter() throws Exception {
    assertThat(server.send("GET", "/things/history").body()).isEqualTo("[\"history\"]");
    assertThat(server.send("GET", "/things/other").body()).isEqualTo("[\"thing\",\"other\"]");
  }

  @Test
  void aParameterIsPercentDecodedAsUtf8() throws Exception {
    assertThat(server.send("GET", "/things/a%20b%C3%A9+c").body())
        .isEqualTo("[\"thing\",\"a bé+c\"]");
  }

  @Test
  void anEncodedSlashIsRefusedAndNotASeparator() throws Exception {
    HttpResponse<String> answer = server.send("GET", "/things/a%2Fparts%2Fb");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"invalid_request\"");
  }

  @Test
  void brokenEncodingInThePathIsRefused() throws Exception {
    try (RawConnection connection = server.connect()) {
      String answer = connection.send("GET /things/%C3 HTTP/1.1\r\nHost: a\r\n\r\n").readAnswer();

      assertThat(answer).startsWith("HTTP/1.1 400 ").contains("\"code\":\"invalid_request\"");
    }
  }

  @Test
  void anUnknownPathIsNotFound() throws Exception {
    HttpResponse<String> answer = server.send("GET", "/elsewhere");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(answer.body())
        .contains("\"code\":\"route_not_found\"")
        .contains("\"error\":\"")
        .contains("\"message\":\"");
  }

  @Test
  void anEmptySegmentIsNoParameter() throws Exception {
    assertThat(server.send("GET", "/things/").statusCode()).isEqualTo(404);
  }

  @Test
  void anotherMethodIsNotAllowedAndThoseAllowedAreNamed() throws Exception {
    HttpResponse<String> answer = server.send("DELETE", "/things/a");

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD, OPTIONS, POST");
    assertThat(answer.body()).contains("\"code\":\"method_not_allowed\"");
  }

  @Test
  void optionsNamesTheMethodsOfAPath() throws Exception {
    HttpResponse<String> answer = server.send("OPTIONS", "/text");

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD, OPTIONS");
  }

  @Test
  void headIsGetWithoutTheBody() throws Exception {
    HttpResponse<String> answer = server.send("HEAD", "/text");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Length")).hasValue("8");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void aRouteCannotBeThereTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> router.add("GET", "/text", exchange -> exchange.empty(204)));
  }

  @Test
  void everyRouteIsListed() {
    assertThat(router.routes())
        .contains(
            new Router.Route("GET", "/things/history"), new Router.Route("POST", "/things/{id}"))
        .hasSize(5);
  }
}
