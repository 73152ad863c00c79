package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Installation;
import io.omnirun.testkit.server.Reply;
import io.omnirun.testkit.server.Shell;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A template with a second size, which differs by its disk. */
class SandboxSizesTest {
  private static final String SIZE = "  - {vcpus: 1, memoryMib: 256}\n";
  private static final String LARGER = "  - {vcpus: 1, memoryMib: 256, diskMib: 2048}\n";

  /** The snapshot of the second size is built beside the server's work, by an emulated guest. */
  private static final int BUILD_MINUTES = 10;

  @TempDir private Path templates;

  @Test
  void createThatAsksForMoreDiskGetsTheSizeThatHasIt() throws IOException {
    writeTemplate();
    try (TestServer server = TestServer.start(Map.of("templates.dir", templates.toString()))) {
      ApiClient client = server.client();
      String plain = client.createSandbox();
      assertThat(client.get("/sandboxes/" + plain).json().path("diskMB").asInt()).isEqualTo(1024);
      assertThat(diskBytes(client, plain)).isEqualTo(1024L << 20);
      Reply created =
          Awaitility.await()
              .atMost(BUILD_MINUTES, TimeUnit.MINUTES)
              .until(() -> create(client, 1025), reply -> reply.status() != 409)
              .expect(201);
      assertThat(created.json().path("diskMB").asInt()).isEqualTo(2048);
      assertThat(diskBytes(client, created.text("sandboxID"))).isEqualTo(2048L << 20);
      create(client, 2049).expectError(400, "size_not_available");
    }
  }

  private void writeTemplate() throws IOException {
    Path original = Installation.find().directory().resolve("templates").resolve("base");
    Shell.run("cp", "-r", original.toString(), templates.toString());
    Path definition = templates.resolve("base").resolve("template.yaml");
    String text = Files.readString(definition);
    assertThat(text).contains(SIZE);
    Files.writeString(definition, text.replace(SIZE, SIZE + LARGER));
    Shell.run("chmod", "-R", "a+rX", templates.toString());
  }

  private static Reply create(ApiClient client, int diskMb) {
    return client.post("/sandboxes", Map.of("template", "base", "diskMB", diskMb));
  }

  private static long diskBytes(ApiClient client, String id) {
    return 512 * Long.parseLong(client.output(id, "cat /sys/block/vdb/size").strip());
  }
}
