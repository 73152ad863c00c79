package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads, forms and batches. */
class TransfersTest {
  private final RestServer server = new RestServer();
  private String files = "";

  @BeforeEach
  void createSandbox() throws Exception {
    files = "/sandboxes/" + server.create("{}") + "/files";
    server.guest().files.put("/f", "0123456789".getBytes(StandardCharsets.US_ASCII));
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  private HttpResponse<String> upload(String form) throws Exception {
    return server.send(
        server
            .request(files + "/upload")
            .header("Content-Type", "multipart/form-data; boundary=XX")
            .POST(BodyPublishers.ofString(form + "--XX--\r\n")));
  }

  private static String field(String name, String value) {
    return part("name=\"" + name + "\"", value);
  }

  private static String file(String fileName, String content) {
    return part("name=\"file\"; filename=\"" + fileName + "\"", content);
  }

  private static String part(String parameters, String content) {
    return "--XX\r\nContent-Disposition: form-data; " + parameters + "\r\n\r\n" + content + "\r\n";
  }

  private String stored(String path) {
    return new String(server.guest().files.get(path), StandardCharsets.UTF_8);
  }

  @Test
  void aFormBecomesAFileOfItsUser() throws Exception {
    HttpResponse<String> answer =
        upload(field("path", "/d/a") + field("user", "coder") + file("x", "content"));

    assertThat(answer.body())
        .isEqualTo(
            "{\"name\":\"a\",\"path\":\"/d/a\",\"is_dir\":false,\"size\":7,\"type\":\"file\"}");
    assertThat(stored("/d/a")).isEqualTo("content");
    assertThat(server.guest().owners).containsEntry("/d/a", "coder");
  }

  @Test
  void theFileMayStandFirst() throws Exception {
    String large = "x".repeat(1_000_000);
    assertThat(
            upload(file("x", large) + field("user", "coder") + field("path", "/late")).statusCode())
        .isEqualTo(200);
    assertThat(stored("/late")).isEqualTo(large);
    assertThat(server.guest().owners).containsEntry("/late", "coder");
  }

  @ParameterizedTest
  @CsvSource({"a.txt, a.txt", "C:\\dir\\b.txt, b.txt", "../../etc/passwd, passwd"})
  void withoutAPathTheFileKeepsItsNameAndGoesHome(String fileName, String path) throws Exception {
    assertThat(RestServer.json(upload(file(fileName, "x"))).get("path").textValue())
        .isEqualTo(path);
    assertThat(stored(path)).isEqualTo("x");
    assertThat(server.guest().owners).containsEntry(path, "root");
  }

  @Test
  void whatStandsBehindTheFileIsCheckedBeforeItIsKept() throws Exception {
    String begin = field("path", "/a") + file("x", "content");
    for (String end :
        new String[] {
          field("path", "/b"), field("user", "coder"), file("y", ""), "--XX\r\nbroken\r\n\r\n\r\n"
        }) {
      HttpResponse<String> answer = upload(begin + end);
      assertThat(answer.statusCode()).as(end).isEqualTo(400);
      assertThat(answer.body()).contains("invalid_request");
      assertThat(server.guest().files).doesNotContainKey("/a");
    }
    assertThat(upload(begin + field("more", "x") + field("path", "/a")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aFormThatBreaksOffLeavesNothing() throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .request(files + "/upload")
                .header("Content-Type", "multipart/form-data; boundary=XX")
                .POST(BodyPublishers.ofString(field("path", "/a") + file("x", "half"))));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(server.guest().files).doesNotContainKey("/a");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=2-4, 234, bytes 2-4/10",
    "bytes=8-, 89, bytes 8-9/10",
    "bytes=0-99, 0123456789, bytes 0-9/10",
    "bytes=-3, 789, bytes 7-9/10",
    "bytes=-99, 0123456789, bytes 0-9/10"
  })
  void aPartIsSentWhenItIsAskedFor(String range, String expected, String contentRange)
      throws Exception {
    HttpResponse<String> answer = download("/f", "Range", range);

    assertThat(answer.statusCode()).isEqualTo(206);
    assertThat(answer.body()).isEqualTo(expected);
    assertThat(answer.headers().firstValue("Content-Range")).hasValue(contentRange);
    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(expected.length());
  }

  private HttpResponse<String> download(String path, String... headers) throws Exception {
    HttpRequest.Builder request = server.request(files + "/download?path=" + path);
    return server.send((headers.length == 0 ? request : request.headers(headers)).GET());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bytes=1-2,4-5", "lines=1-2", "bytes=5-2", "bytes=x-", "bytes", "bytes=-"})
  void aWishThatIsNotUnderstoodIsNone(String range) throws Exception {
    HttpResponse<String> answer = download("/f", "Range", range);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("0123456789");
    assertThat(answer.headers().firstValue("Content-Range")).isEmpty();
  }

  @Test
  void aConditionThatCannotBeMetMakesTheWishNone() throws Exception {
    assertThat(download("/f", "Range", "bytes=1-2", "If-Range", "\"tag\"").statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=100-200", "bytes=-0"})
  void whatIsBehindTheEndIsRefusedWithTheSize(String range) throws Exception {
    HttpResponse<String> answer = download("/f", "Range", range);

    assertThat(answer.statusCode()).isEqualTo(416);
    assertThat(answer.body()).contains("range_not_satisfiable");
    assertThat(answer.headers().firstValue("Content-Range")).hasValue("bytes */10");
    assertThat(answer.headers().firstValue("Content-Disposition")).isEmpty();
  }

  @Test
  void aDownloadSaysHowItIsToBeTaken() throws Exception {
    server.guest().files.put("/d/ü \"1\"\r.html", new byte[] {'x'});
    HttpResponse<String> answer = download("/d/%C3%BC%20%221%22%0D.html");

    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(answer.headers().firstValue("Accept-Ranges")).hasValue("bytes");
    assertThat(answer.headers().firstValue("Content-Disposition"))
        .hasValue(
            "attachment; filename=\"_ _1__.html\"; filename*=UTF-8''%C3%BC%20%221%22%0D.html");
  }

  @Test
  void headHasTheLengthAndNoBody() throws Exception {
    HttpResponse<String> head =
        server.send(
            server.request(files + "/download?path=/f").method("HEAD", BodyPublishers.noBody()));

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(10);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void aDownloadThatFailsAtOnceIsAnErrorLikeAnyOther() throws Exception {
    server.guest().source =
        Optional.of(
            new InputStream() {
              @Override
              public int read() {
                throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "it broke off");
              }
            });
    HttpResponse<String> answer = download("/f");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("guest_unreachable");
    assertThat(answer.headers().firstValue("Content-Disposition")).isEmpty();
  }

  @Test
  void aBatchWritesAllItsFiles() throws Exception {
    HttpResponse<String> answer =
        server.post(
            files + "/batch",
            "[{\"path\":\"/a\",\"content\":\"é\"},{\"content\":\"b\",\"user\":\"coder\",\"path\":\"b/c\"}]");
    JsonNode entries = RestServer.json(answer);

    assertThat(entries.findValuesAsText("path")).containsExactly("/a", "b/c");
    assertThat(entries.findValuesAsText("name")).containsExactly("a", "c");
    assertThat(entries.findValuesAsText("size")).containsExactly("2", "1");
    assertThat(stored("/a")).isEqualTo("é");
    assertThat(server.guest().owners).containsEntry("/a", "root").containsEntry("b/c", "coder");
    assertThat(server.post(files + "/batch", "[]").body()).isEqualTo("[]");
  }

  @Test
  void aLargeBatchGoesOverTheHostsDisk() throws Exception {
    String content = "0123456789".repeat(10_000);
    String body =
        IntStream.range(0, 50)
            .mapToObj(i -> "{\"path\":\"/b%d\",\"content\":\"%s\"}".formatted(i, content))
            .collect(Collectors.joining(",", "[", "]"));

    assertThat(RestServer.json(server.post(files + "/batch", body))).hasSize(50);
    assertThat(stored("/b49")).isEqualTo(content);
  }

  @Test
  void whatTheGuestRefusesNamesTheFile() throws Exception {
    server.guest().sink =
        Optional.of(
            content -> {
              throw new OmniRunException(ErrorCode.DISK_FULL, "no space left");
            });
    HttpResponse<String> answer =
        server.post(files + "/batch", "[{\"path\":\"/a\",\"content\":\"\"}]");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("file 1 of 1, /a: no space left");
  }
}
