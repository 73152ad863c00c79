package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What changes in a real guest is told to whoever watches. */
@Timeout(300)
class FileWatchTest extends SharedServer {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MAX_WATCHES = 32;

  /** The agent's watchers: each is one descriptor of its. */
  private static final String WATCHERS = "ls -l /proc/1/fd | grep -c inotify || true";

  private final ObjectMapper mapper = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
    http.close();
  }

  /** An answer that is being read; closing it hangs up. */
  private final class Watch implements AutoCloseable {
    private final BufferedReader lines;

    Watch(String query) throws Exception {
      HttpResponse<InputStream> answer =
          http.send(client().request(path(query)).GET().build(), BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    JsonNode next() throws IOException {
      String line = lines.readLine();
      while (line != null && !line.startsWith("data: ")) {
        line = lines.readLine();
      }
      assertThat(line).as("the stream has ended").isNotNull();
      return mapper.readTree(line.substring("data: ".length()));
    }

    /** Reads until such an event has come. */
    JsonNode until(String type, String path) throws IOException {
      JsonNode event = next();
      while (!event.get("type").textValue().equals(type)
          || !event.get("path").textValue().equals(path)) {
        event = next();
      }
      return event;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  private String path(String query) {
    return "/sandboxes/" + sandbox + "/files/watch?path=" + query;
  }

  @Test
  void everyKindOfChangeIsTold() throws Exception {
    client().output(sandbox, "mkdir /tmp/w && echo x > /tmp/w/old");
    try (Watch watch = new Watch("/tmp/w")) {
      client().output(sandbox, "echo a > /tmp/w/new");
      JsonNode created = watch.next();
      assertThat(created.get("type").textValue()).isEqualTo("create");
      assertThat(created.get("path").textValue()).isEqualTo("/tmp/w/new");
      assertThat(created.get("name").textValue()).isEqualTo("new");
      watch.until("write", "/tmp/w/new");
      client().output(sandbox, "mv /tmp/w/old /tmp/w/moved && rm /tmp/w/new");
      watch.until("rename", "/tmp/w/old");
      watch.until("create", "/tmp/w/moved");
      watch.until("remove", "/tmp/w/new");
      client().writeFile(sandbox, "/tmp/w/api", "through the API").expect(200);
      watch.until("create", "/tmp/w/api");
      watch.until("write", "/tmp/w/api");
    }
  }

  @Test
  void recursiveWatchTakesInNewDirectoriesAtOnce() throws Exception {
    client().output(sandbox, "mkdir -p /tmp/rec/there");
    try (Watch watch = new Watch("/tmp/rec&recursive=true")) {
      client().output(sandbox, "mkdir -p /tmp/rec/a/b/c && echo x > /tmp/rec/a/b/c/f");
      watch.until("create", "/tmp/rec/a/b/c/f");
      client().output(sandbox, "echo y > /tmp/rec/there/g; echo z > /tmp/rec/a/b/h");
      watch.until("create", "/tmp/rec/there/g");
      assertThat(watch.until("create", "/tmp/rec/a/b/h").get("name").textValue()).isEqualTo("h");
    }
  }

  @Test
  void relativePathIsBelowTheUsersHome() throws Exception {
    client().output(sandbox, "mkdir -p /home/user/mine && chown user /home/user/mine");
    try (Watch watch = new Watch("mine&user=user")) {
      client().output(sandbox, "touch /home/user/mine/f");
      watch.until("create", "/home/user/mine/f");
    }
  }

  @Test
  void whatCannotBeWatchedIsRefused() {
    client().get(path("/no/such")).expectError(404, "file_not_found");
    client().get(path("/etc/passwd")).expectError(400, "not_a_directory");
    client().get(path("/tmp&user=ghost")).expectError(400, "user_not_found");
    client().get(path("/root&user=user")).expectError(403, "permission_denied");
  }

  @Test
  void watchesAreBoundedAndEndWithTheirClients() throws Exception {
    awaitWatchers(0);
    List<Watch> watches = new ArrayList<>();
    for (int i = 0; i < MAX_WATCHES; i++) {
      watches.add(new Watch("/var"));
    }
    client().get(path("/var")).expectError(429, "capacity_exhausted");
    awaitWatchers(MAX_WATCHES);
    for (Watch watch : watches) {
      watch.close();
    }
    awaitWatchers(0);
    new Watch("/var").close();
  }

  private void awaitWatchers(int count) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> client().output(sandbox, WATCHERS).equals(Integer.toString(count)));
  }

  @Test
  void systemsOwnLimitIsSaid() {
    String before = client().output(sandbox, "cat /proc/sys/fs/inotify/max_user_watches");
    client().output(sandbox, "mkdir -p /srv/many && cd /srv/many && mkdir $(seq 1 50)");
    client().output(sandbox, "echo 20 > /proc/sys/fs/inotify/max_user_watches");
    client().get(path("/srv/many&recursive=true")).expectError(400, "invalid_request");
    client().output(sandbox, "echo " + before + " > /proc/sys/fs/inotify/max_user_watches");
  }
}
