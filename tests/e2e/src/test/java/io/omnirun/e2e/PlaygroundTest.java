package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What a caller finds in the template for people, under both of its names. */
@TestInstance(Lifecycle.PER_CLASS)
class PlaygroundTest {
  private TestServer server;
  private ApiClient client;
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    server = TestServer.start(Map.of("templates.enabled", "playground"));
    client = server.client();
    sandbox = client.createSandbox(Map.of("template", "python-3.11"));
  }

  @AfterAll
  void closeServer() {
    server.close();
  }

  @Test
  void aliasNamesTheSameTemplate() {
    String other = client.createSandbox(Map.of("template", "playground"));
    assertThat(client.get("/sandboxes/" + sandbox).text("templateID"))
        .isEqualTo(client.get("/sandboxes/" + other).text("templateID"))
        .isEqualTo("playground");
    client.delete("/sandboxes/" + other).expect(204);
  }

  @Test
  void pythonIsWhatTheAliasSays() {
    assertThat(client.output(sandbox, "python3 --version")).startsWith("Python 3.11.");
  }

  @Test
  void toolsAreThereAndStart() {
    Stream.of("python3", "node", "npm", "git", "curl", "gcc", "make")
        .forEach(
            tool -> assertThat(client.output(sandbox, tool + " --version")).as(tool).isNotBlank());
  }

  @Test
  void programIsCompiledAndRun() {
    client.writeFile(
        sandbox, "/tmp/hello.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); }\n");
    client.writeFile(sandbox, "/tmp/Makefile", "hello: hello.c\n\tgcc -o hello hello.c\n");
    assertThat(client.output(sandbox, "make -s -C /tmp && /tmp/hello")).isEqualTo("hello");
  }
}
