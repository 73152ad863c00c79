package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SignedFilesTest {
  private final RestServer server = new RestServer();
  private String sandbox = "";

  @BeforeEach
  void createSandbox() throws Exception {
    sandbox = "/sandboxes/" + server.create("{}");
    server.guest().files.put("/f", "0123456789".getBytes(StandardCharsets.US_ASCII));
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  private String url(String kind, String body) throws Exception {
    HttpResponse<String> answer = server.post(sandbox + "/files/" + kind + "-url", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return RestServer.json(answer).get("url").textValue();
  }

  private HttpRequest.Builder open(String url) {
    return server.requestWithoutKey(url);
  }

  @Test
  void aDownloadUrlNeedsNoKeyAndKnowsRangesAndHead() throws Exception {
    String url = url("download", "{\"path\":\"/f\"}");

    assertThat(url).startsWith("/");
    assertThat(server.send(open(url).GET()).body()).isEqualTo("0123456789");
    HttpResponse<String> part = server.send(open(url).header("Range", "bytes=1-2").GET());
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo("12");
    HttpResponse<String> head = server.send(open(url).method("HEAD", BodyPublishers.noBody()));
    assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(10);
  }

  @Test
  void anUploadUrlTakesTheFileOrAForm() throws Exception {
    String url = url("upload", "{\"path\":\"/new\",\"user\":\"coder\",\"ttl\":86400}");

    HttpResponse<String> put = server.send(open(url).PUT(BodyPublishers.ofString("bytes")));
    assertThat(put.body()).contains("\"path\":\"/new\"").contains("\"size\":5");
    assertThat(server.guest().files.get("/new")).asString().isEqualTo("bytes");
    assertThat(server.guest().owners).containsEntry("/new", "coder");
    assertThat(server.send(form(url, "")).statusCode()).isEqualTo(200);
    assertThat(server.guest().files.get("/new")).asString().isEqualTo("formed");
    assertThat(server.send(form(url, "/new")).statusCode()).isEqualTo(200);
  }

  private HttpRequest.Builder form(String url, String path) {
    String named =
        path.isEmpty()
            ? ""
            : "--XX\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n" + path + "\r\n";
    return open(url)
        .header("Content-Type", "multipart/form-data; boundary=XX")
        .POST(
            BodyPublishers.ofString(
                named
                    + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n"
                    + "formed\r\n--XX--\r\n"));
  }

  @Test
  void aFormCannotGoElsewhere() throws Exception {
    String url = url("upload", "{\"path\":\"/new\"}");
    HttpResponse<String> answer = server.send(form(url, "/etc/passwd"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(server.guest().files).doesNotContainKeys("/new", "/etc/passwd");
  }

  @Test
  void aUrlServesOnePurpose() throws Exception {
    String download = url("download", "{\"path\":\"/f\"}");
    String upload = url("upload", "{\"path\":\"/f\"}");

    assertRefused(open(download).PUT(BodyPublishers.ofString("x")));
    assertRefused(form(download, ""));
    assertRefused(open(upload).GET());
    assertThat(server.guest().files.get("/f")).hasSize(10);
  }

  private void assertRefused(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> answer = server.send(request);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(RestServer.json(answer).get("code").textValue()).isEqualTo("signed_url_invalid");
  }

  @Test
  void aWrongTokenIsRefusedWhetherOrNotTheSandboxLives() throws Exception {
    String url = url("download", "{\"path\":\"/f\"}");
    char last = url.charAt(url.length() - 2);
    String wrong =
        url.substring(0, url.length() - 2)
            + (last == 'A' ? 'B' : 'A')
            + url.substring(url.length() - 1);

    assertRefused(open(wrong).GET());
    assertRefused(open("/files/signed").GET());
    assertRefused(open("/files/signed?token=%20").GET());
    assertThat(server.delete(sandbox).statusCode()).isEqualTo(204);
    assertRefused(open(wrong).GET());
    HttpResponse<String> dead = server.send(open(url).GET());
    assertThat(dead.statusCode()).isEqualTo(404);
    assertThat(dead.body()).contains("sandbox_not_found");
  }
}
