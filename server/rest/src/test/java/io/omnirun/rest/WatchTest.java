package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.FileChange;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchTest {
  private final RestServer server = new RestServer();
  private String files = "";

  @BeforeEach
  void createSandbox() throws Exception {
    files = "/sandboxes/" + server.create("{}") + "/files";
    server.guest().files.put("/d/", new byte[0]);
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void changesAreEventsUntilTheClientHangsUp() throws Exception {
    FakeFiles inGuest = server.guest().files();
    HttpResponse<InputStream> answer =
        server
            .client()
            .send(
                server.request(files + "/watch?path=/d&recursive=true").GET().build(),
                BodyHandlers.ofInputStream());
    inGuest.changes.add(new FileChange(FileChange.Kind.CREATE, "/d/sub/\u00fc"));
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      assertThat(line).startsWith("data: ");
      JsonNode event = new ObjectMapper().readTree(line.substring("data: ".length()));
      assertThat(event.get("type").textValue()).isEqualTo("create");
      assertThat(event.get("path").textValue()).isEqualTo("/d/sub/\u00fc");
      assertThat(event.get("name").textValue()).isEqualTo("\u00fc");
      assertThat(event.get("timestamp").textValue()).endsWith("Z");
    }
    assertThat(inGuest.watchClosed.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatCannotBeWatchedIsAnErrorLikeAnyOther() throws Exception {
    assertThat(server.get(files + "/watch?path=/none").body()).contains("file_not_found");
    assertThat(server.get(files + "/watch?path=/d&recursive=1").body())
        .contains("must be true or false");
  }
}
