package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.Reply;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Looking at files, making, moving and removing them. */
class DirectoriesTest extends SharedServer {
  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String files(String rest) {
    return "/sandboxes/" + sandbox + "/files" + rest;
  }

  private Reply post(String route, Map<String, ?> body) {
    return client().post(files(route), body);
  }

  private void run(String command) {
    assertThat(client().run(sandbox, command).expect(200).json().get("exit_code").intValue())
        .as(command)
        .isZero();
  }

  @Test
  void whatStandsAtAPathIsDescribed() {
    run(
        "mkdir -p /tmp/i && echo -n 12345 > /tmp/i/f && chmod 4750 /tmp/i/f && chown user /tmp/i/f");
    run("ln -s f /tmp/i/link && ln -s nowhere /tmp/i/dangling && ln -s . /tmp/i/dots");
    JsonNode file = client().get(files("/info?path=/tmp/i/f")).expect(200).json();
    assertThat(file.get("name").textValue()).isEqualTo("f");
    assertThat(file.get("path").textValue()).isEqualTo("/tmp/i/f");
    assertThat(file.get("is_dir").booleanValue()).isFalse();
    assertThat(file.get("size").intValue()).isEqualTo(5);
    assertThat(file.get("type").textValue()).isEqualTo("file");
    assertThat(file.get("mode").textValue()).isEqualTo("0750");
    assertThat(file.get("owner").textValue()).isEqualTo("user");
    assertThat(file.get("group").textValue()).isEqualTo("root");
    JsonNode link = client().get(files("/info?path=/tmp/i/link")).expect(200).json();
    assertThat(link.get("type").textValue()).isEqualTo("file");
    assertThat(link.get("symlink_target").textValue()).isEqualTo("/tmp/i/f");
    assertThat(type("/tmp/i/dangling")).isEqualTo("symlink");
    assertThat(type("/tmp/i/dots")).isEqualTo("dir");
    assertThat(type("/dev/null")).isEqualTo("other");
    assertThat(type("/")).isEqualTo("dir");
  }

  private String type(String path) {
    return client().get(files("/info?path=" + path)).expect(200).text("type");
  }

  @ParameterizedTest
  @CsvSource({
    "/etc/passwd, true",
    "/etc, true",
    "/no/such/thing, false",
    "/etc/passwd/below, false",
    "/dev/stdin, true"
  })
  void existsSaysWhether(String path, boolean expected) {
    Reply reply = client().get(files("/exists?path=" + path)).expect(200);
    assertThat(reply.json().get("exists").booleanValue()).isEqualTo(expected);
  }

  @Test
  void listingGoesAsDeepAsItIsAskedTo() {
    run("mkdir -p /tmp/l/b/c && touch /tmp/l/a /tmp/l/b/x /tmp/l/b/c/y && ln -s / /tmp/l/root");
    assertThat(names("/tmp/l", "")).containsExactly("a", "b", "root");
    assertThat(names("/tmp/l", "&depth=2")).containsExactly("a", "b", "c", "x", "root");
    assertThat(names("/tmp/l", "&depth=64")).containsExactly("a", "b", "c", "y", "x", "root");
    JsonNode first = client().get(files("/list?path=/tmp/l")).expect(200).json().get(1);
    assertThat(first.get("type").textValue()).isEqualTo("dir");
    assertThat(first.get("is_dir").booleanValue()).isTrue();
    assertThat(first.get("path").textValue()).isEqualTo("/tmp/l/b");
  }

  private Iterable<String> names(String path, String more) {
    return client()
        .get(files("/list?path=" + path + more))
        .expect(200)
        .json()
        .findValuesAsText("name");
  }

  @Test
  void relativePathsBeginAtTheUsersHome() {
    post("/mkdir", Map.of("path", "mine/deep", "user", "user")).expect(200);
    assertThat(client().output(sandbox, "stat -c %U /home/user/mine /home/user/mine/deep"))
        .isEqualTo("user\nuser");
    assertThat(client().get(files("/info?path=mine&user=user")).expect(200).text("path"))
        .isEqualTo("/home/user/mine");
    client().get(files("/info?path=mine")).expectError(404, "file_not_found");
  }

  @Test
  void directoryIsMadeWithItsParentsAndOnceIsEnough() {
    Reply made = post("/mkdir", Map.of("path", "/tmp/new_dir/sub")).expect(200);
    assertThat(made.text("type")).isEqualTo("dir");
    assertThat(post("/mkdir", Map.of("path", "/tmp/new_dir/sub")).expect(200).text("path"))
        .isEqualTo("/tmp/new_dir/sub");
    post("/mkdir", Map.of("path", "/etc/passwd")).expectError(400, "not_a_directory");
    post("/mkdir", Map.of("path", "/etc/passwd/x")).expectError(400, "not_a_directory");
    post("/mkdir", Map.of("path", "/proc/x")).expectError(404, "file_not_found");
  }

  @Test
  void renameMovesAndMakesParents() {
    run("mkdir /tmp/r && echo -n old > /tmp/r/a && echo -n other > /tmp/r/b");
    Reply moved = post("/rename", Map.of("oldPath", "/tmp/r/a", "newPath", "/var/r/x/c"));
    assertThat(moved.expect(200).text("path")).isEqualTo("/var/r/x/c");
    post("/rename", Map.of("oldPath", "/tmp/r/b", "newPath", "/var/r/x/c")).expect(200);
    assertThat(client().output(sandbox, "cat /var/r/x/c; ls -A /tmp/r")).isEqualTo("other");
    post("/rename", Map.of("oldPath", "/tmp/r/b", "newPath", "/tmp/q"))
        .expectError(404, "file_not_found");
    post("/rename", Map.of("oldPath", "/var/r", "newPath", "/var/r/x/y"))
        .expectError(400, "invalid_path");
    post("/rename", Map.of("oldPath", "/var/r/x/c", "newPath", "/run/c"))
        .expectError(400, "invalid_request");
    post("/rename", Map.of("oldPath", "/var/r/x/c", "newPath", "/etc"))
        .expectError(400, "invalid_request");
    post("/rename", Map.of("oldPath", "/etc/passwd", "newPath", "/tmp/p", "user", "user"))
        .expectError(403, "permission_denied");
  }

  @Test
  void removeTakesAllBelowButNotWhatLinksLeadTo() {
    run(
        "mkdir -p /tmp/d/e/f /tmp/kept && touch /tmp/d/e/f/g /tmp/kept/h && ln -s /tmp/kept /tmp/d/l");
    client().delete(files("?path=/tmp/d")).expect(204);
    client().delete(files("?path=/tmp/d")).expectError(404, "file_not_found");
    assertThat(client().output(sandbox, "ls /tmp/kept")).isEqualTo("h");
    client().delete(files("?path=/tmp/kept/h")).expect(204);
    client().delete(files("?path=/etc/passwd&user=user")).expectError(403, "permission_denied");
    assertThat(client().output(sandbox, "head -c 4 /etc/passwd")).isEqualTo("root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "//", "/dev", "/proc", "/sys", "/run", "/dev/shm"})
  void mountsAreNotRemoved(String path) {
    String before = client().output(sandbox, "ls /dev | wc -l");
    Reply refused = client().delete(files("?path=" + path)).expect(400);
    assertThat(refused.text("code")).isIn("invalid_path", "invalid_request");
    assertThat(client().output(sandbox, "ls /dev | wc -l")).isEqualTo(before);
  }

  @Test
  void unknownUsersAndWrongKindsAreToldApart() {
    client().get(files("/info?path=/etc&user=ghost")).expectError(400, "user_not_found");
    client().get(files("/list?path=/etc&user=ghost")).expectError(400, "user_not_found");
    client().get(files("/list?path=/etc/passwd")).expectError(400, "not_a_directory");
    client().get(files("/list?path=/no/such")).expectError(404, "file_not_found");
    client().get(files("/list?path=/root&user=user")).expectError(403, "permission_denied");
    client().get(files("/info?path=/root/x&user=user")).expectError(403, "permission_denied");
    client().get(files("/info?path=/" + "x".repeat(300))).expectError(400, "invalid_path");
    run("ln -s loop2 /tmp/loop1 && ln -s loop1 /tmp/loop2");
    client().get(files("/info?path=/tmp/loop1/x")).expectError(400, "invalid_path");
    client().get(files("/list?path=/tmp/loop1")).expectError(400, "invalid_path");
    assertThat(type("/tmp/loop1")).isEqualTo("symlink");
  }

  @Test
  void hugeDirectoryIsListedOrRefusedAndTheSandboxLives() {
    run("mkdir /tmp/huge && cd /tmp/huge && seq 1 26000 | xargs touch");
    assertThat(client().get(files("/list?path=/tmp/huge")).expect(200).json()).hasSize(26_000);
    run("for i in 1 2 3 4; do mkdir -p /mnt/$i && mount --bind /tmp/huge /mnt/$i; done");
    client().get(files("/list?path=/mnt&depth=2")).expectError(400, "invalid_request");
    client().delete(files("?path=/mnt")).expectError(400, "invalid_request");
    run("umount /mnt/*");
    client().delete(files("?path=/tmp/huge")).expect(204);
    assertThat(client().output(sandbox, "echo alive")).isEqualTo("alive");
  }
}
