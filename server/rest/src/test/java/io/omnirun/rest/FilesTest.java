package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilesTest {
  private static final String TEXT = "a \"quoted\" \\ line\n\ttab \u0001 é € 😀 \u2028 end";

  private final RestServer server = new RestServer();
  private final ObjectMapper mapper = new ObjectMapper();
  private String files = "";

  @BeforeEach
  void createSandbox() throws Exception {
    files = "/sandboxes/" + server.create("{}") + "/files";
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void aFileThatWasWrittenIsReadAgain() throws Exception {
    HttpResponse<String> written =
        server.post(
            files, mapper.writeValueAsString(Map.of("path", "/tmp/a.txt", "content", TEXT)));
    int size = TEXT.getBytes(StandardCharsets.UTF_8).length;

    assertThat(written.statusCode()).isEqualTo(200);
    assertThat(written.body())
        .isEqualTo("{\"path\":\"/tmp/a.txt\",\"name\":\"a.txt\",\"size\":" + size + "}");
    assertThat(server.guest().files.get("/tmp/a.txt"))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(TEXT);
    HttpResponse<String> read = server.get(files + "?path=/tmp/a.txt");
    assertThat(read.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(RestServer.json(read)).hasSize(1);
    assertThat(RestServer.json(read).get("content").textValue()).isEqualTo(TEXT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"path\":\"p\",\"user\":\"coder\",\"content\":\"c\"}",
        "{\"path\":\"p\",\"content\":\"c\",\"user\":\"coder\"}",
        "{\"content\":\"c\",\"user\":\"coder\",\"path\":\"p\"}",
        "{\"x\":[1,{\"y\":null}],\"content\":\"c\",\"path\":\"p\",\"user\":\"coder\",\"z\":-1.5e+3}",
        " {\n\"pa\\u0074h\" : \"p\" ,\r\t\"user\":\"coder\",\"content\":\"\\u0063\"} \n"
      })
  void theFieldsMayComeInAnyOrder(String body) throws Exception {
    assertThat(server.post(files, body).statusCode()).isEqualTo(200);
    assertThat(server.guest().files.get("p")).asString(StandardCharsets.UTF_8).isEqualTo("c");
    assertThat(server.guest().owners).containsEntry("p", "coder");
  }

  @Test
  void aFileIsRootsWhenNobodyIsNamed() throws Exception {
    server.post(files, "{\"path\":\"p\",\"content\":\"\",\"user\":null}");

    assertThat(server.guest().owners).containsEntry("p", "root");
    assertThat(server.get(files + "?path=p").body()).isEqualTo("{\"content\":\"\"}");
  }

  @Test
  void bytesThatAreNoTextAreReplaced() throws Exception {
    server.guest().files.put("p", new byte[] {'a', (byte) 0xFF, (byte) 0xE2, (byte) 0x82, 'b'});

    assertThat(server.get(files + "?path=p").body()).isEqualTo("{\"content\":\"a\uFFFD\uFFFDb\"}");
  }

  @Test
  void headOfAFileHasNoBody() throws Exception {
    server.guest().files.put("p", new byte[] {'a'});
    HttpRequest.Builder head =
        server.request(files + "?path=p").method("HEAD", BodyPublishers.noBody());

    assertThat(server.send(head).statusCode()).isEqualTo(200);
    assertThat(
            server
                .send(server.request(files + "?path=no").method("HEAD", BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(404);
  }

  @Test
  void aFileThatFailsBeforeItsFirstBytesIsAnError() throws Exception {
    server.guest().source =
        Optional.of(new SequenceInputStream(text("only this"), new BrokenStream()));

    assertThat(server.get(files + "?path=p").statusCode()).isEqualTo(500);
  }

  @Test
  void aFileThatFailsInTheMiddleBreaksTheConnection() {
    server.guest().source =
        Optional.of(new SequenceInputStream(text("x".repeat(1_000_000)), new BrokenStream()));

    assertThatThrownBy(() -> server.get(files + "?path=p")).isInstanceOf(IOException.class);
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static final class BrokenStream extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("the guest is gone");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"path\":\"p\",\"user\":\"root\",\"content\":\"CONTENT\"",
        "{\"path\":\"p\",\"user\":\"root\",\"content\":\"CONTENT",
        "{\"path\":\"p\",\"user\":\"root\",\"content\":\"CONTENT\"}}",
        "{\"path\":\"p\",\"user\":\"root\",\"content\":\"CONTENT\\x\"}",
        "{\"path\":\"p\",\"user\":\"root\",\"content\":\"CONTENT\",\"user\":\"a\"}",
        "{\"path\":\"p\",\"content\":\"CONTENT\",\"user\":\"a b\"}",
        "{\"path\":\"p\",\"content\":\"CONTENT\",\"x\":tru}"
      })
  void aBodyWithABrokenEndWritesNothing(String form) throws Exception {
    for (int length : new int[] {0, 10, 300_000}) {
      HttpResponse<String> answer = server.post(files, form.replace("CONTENT", "x".repeat(length)));

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("\"code\":\"invalid_request\"");
      assertThat(server.guest().files).isEmpty();
    }
  }

  @Test
  void aBodyThatBreaksOffWritesNothing() throws Exception {
    String body = "{\"path\":\"p\",\"user\":\"root\",\"content\":\"abc";
    CompletableFuture<IOException> seen = new CompletableFuture<>();
    server.guest().sink =
        Optional.of(
            content -> {
              try {
                content.readAllBytes();
              } catch (IOException e) {
                seen.complete(e);
                throw e;
              }
            });
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      String head =
          "POST %s HTTP/1.1\r\nHost: a\r\nX-API-Key: %s\r\nContent-Length: 1000\r\n\r\n"
              .formatted(files, server.key);
      client.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
    }

    assertThat(seen.get(30, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void aGuestThatDoesNotReadToTheEndHasWrittenNothing() throws Exception {
    server.guest().sink = Optional.of(content -> content.readNBytes(2));

    assertThat(
            server
                .post(files, "{\"path\":\"p\",\"user\":\"root\",\"content\":\"abc\"}")
                .statusCode())
        .isEqualTo(500);
  }

  @Test
  void aGuestThatTakesAFailureForTheEndDoesNotHideIt() throws Exception {
    server.guest().sink =
        Optional.of(
            content -> {
              try {
                content.readAllBytes();
              } catch (IOException e) {
                assertThat(e).isNotNull();
              }
            });

    assertThat(
            server
                .post(files, "{\"path\":\"p\",\"user\":\"root\",\"content\":\"abc\"")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void aBodyOfMoreThanTheLimitIsRefused() throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .request(files)
                .POST(
                    BodyPublishers.ofInputStream(
                        () ->
                            new SequenceInputStream(
                                text("{\"path\":\"p\",\"content\":\""),
                                new PatternStream(130L * 1024 * 1024)))));

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("134,217,728 bytes");
  }
}
