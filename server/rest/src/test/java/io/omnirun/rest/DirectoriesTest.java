package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DirectoriesTest {
  private final RestServer server = new RestServer();
  private String files = "";

  @BeforeEach
  void createSandbox() throws Exception {
    files = "/sandboxes/" + server.create("{}") + "/files";
    server.guest().files.put("/d/", new byte[0]);
    server.guest().files.put("/d/a", new byte[3]);
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void whatIsThereExistsAndIsDescribed() throws Exception {
    assertThat(server.get(files + "/exists?path=/d/a").body()).isEqualTo("{\"exists\":true}");
    assertThat(server.get(files + "/exists?path=/no").body()).isEqualTo("{\"exists\":false}");
    assertThat(server.get(files + "/info?path=/d/a").body())
        .isEqualTo(
            "{\"name\":\"a\",\"path\":\"/d/a\",\"is_dir\":false,\"size\":3,\"type\":\"file\","
                + "\"mode\":\"0644\",\"owner\":\"root\",\"group\":\"root\","
                + "\"modified_at\":\"1970-01-01T00:00:00.000Z\"}");
    assertThat(RestServer.json(server.get(files + "/info?path=/d")).get("type").textValue())
        .isEqualTo("dir");
  }

  @Test
  void aListingIsAnArrayOfEntries() throws Exception {
    server.guest().files.put("/d/b", new byte[0]);
    JsonNode listing = RestServer.json(server.get(files + "/list?path=/d&depth=3"));

    assertThat(listing.findValuesAsText("name")).containsExactly("a", "b");
    assertThat(server.get(files + "/list?path=/none").body()).isEqualTo("[]");
  }

  @Test
  void filesAreRenamedRemovedAndDirectoriesMade() throws Exception {
    assertThat(
            RestServer.json(
                    server.post(files + "/rename", "{\"oldPath\":\"/d/a\",\"newPath\":\"/d/b\"}"))
                .get("path")
                .textValue())
        .isEqualTo("/d/b");
    assertThat(server.post(files + "/mkdir", "{\"path\":\"/e\"}").statusCode()).isEqualTo(200);
    assertThat(server.guest().files).containsKeys("/d/b", "/e/");
    assertThat(server.delete(files + "?path=/d").statusCode()).isEqualTo(204);
    assertThat(server.guest().files).doesNotContainKeys("/d/", "/d/b");
  }
}
