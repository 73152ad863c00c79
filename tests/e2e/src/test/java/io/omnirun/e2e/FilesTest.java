package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FilesTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void writtenFileIsReadBackByteForByte() {
    String content = "zeile\r\n\u0001 \"quoted\" \\ \uD83D\uDE80 ende";
    client().writeFile(sandbox, "/tmp/new/deep/file.txt", content);
    assertThat(client().readFile(sandbox, "/tmp/new/deep/file.txt").expect(200).text("content"))
        .isEqualTo(content);
    assertThat(client().output(sandbox, "stat -c '%U %a' /tmp/new/deep/file.txt"))
        .isEqualTo("root 644");
  }

  @Test
  void fileBelongsToTheNamedUser() {
    client()
        .post(
            "/sandboxes/" + sandbox + "/files",
            Map.of("path", "mine.txt", "content", "x", "user", "user"));
    assertThat(client().output(sandbox, "stat -c '%U %n' /home/user/mine.txt"))
        .isEqualTo("user /home/user/mine.txt");
  }

  @Test
  void userMayNotWriteWhereOnlyRootMay() {
    client()
        .post(
            "/sandboxes/" + sandbox + "/files",
            Map.of("path", "/root/x", "content", "x", "user", "user"))
        .expectError(403, "permission_denied");
  }

  @Test
  void millionsOfCharactersGoBothWays() {
    String content = "0123456789abcdef".repeat(500_000);
    client().writeFile(sandbox, "/tmp/large", content);
    assertThat(client().output(sandbox, "stat -c %s /tmp/large")).isEqualTo("8000000");
    assertThat(client().readFile(sandbox, "/tmp/large").expect(200).text("content"))
        .isEqualTo(content);
  }

  @Test
  void missingFilesAndWrongKindsAreToldApart() {
    client().readFile(sandbox, "/no/such/file").expectError(404, "file_not_found");
    client().readFile(sandbox, "/tmp").expectError(400, "not_a_file");
    client().readFile(sandbox, "/dev/zero").expectError(400, "not_a_file");
    client().output(sandbox, "mkfifo /tmp/pipe");
    client().readFile(sandbox, "/tmp/pipe").expectError(400, "not_a_file");
  }

  @Test
  void fullDiskIsTheSandboxesOwnAndLeavesTheOldFile() {
    client().writeFile(sandbox, "/var/kept", "old");
    client().output(sandbox, "head -c 2000000000 /dev/zero > /var/filler || true");
    client().writeFile(sandbox, "/var/kept", "x".repeat(5_000_000)).expectError(409, "disk_full");
    client().output(sandbox, "rm /var/filler");
    assertThat(client().readFile(sandbox, "/var/kept").expect(200).text("content"))
        .isEqualTo("old");
  }
}
