package io.omnirun.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.Reply;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes into and out of a real guest: forms, downloads and batches. */
class TransfersTest extends SharedServer {
  private static final String LEFT_OVER = "find / -xdev -name '.omnirun-upload-*' | wc -l";

  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void deleteSandbox() {
    assertThat(client().output(sandbox, LEFT_OVER)).isEqualTo("0");
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String files(String rest) {
    return "/sandboxes/" + sandbox + "/files" + rest;
  }

  private Reply upload(String form) {
    return client()
        .send(
            client()
                .request(files("/upload"))
                .header("Content-Type", "multipart/form-data; boundary=XX")
                .POST(BodyPublishers.ofString(form)));
  }

  private static String field(String name, String value) {
    return "--XX\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
        .formatted(name, value);
  }

  private static String file(String content) {
    return "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"orig.bin\"\r\n"
        + "Content-Type: application/octet-stream\r\n\r\n"
        + content
        + "\r\n--XX--\r\n";
  }

  private Reply download(String path, String... headers) {
    HttpRequest.Builder request = client().request(files("/download?path=" + path));
    return client().send((headers.length == 0 ? request : request.headers(headers)).GET());
  }

  @Test
  void uploadedFileIsDownloadedAgainAndBelongsToRoot() {
    Reply written = upload(field("path", "/srv/new/deep/a.bin") + file("0123456789")).expect(200);
    assertThat(written.text("path")).isEqualTo("/srv/new/deep/a.bin");
    assertThat(written.json().get("size").intValue()).isEqualTo(10);
    assertThat(client().output(sandbox, "stat -c '%U:%G %a' /srv/new/deep/a.bin /srv/new"))
        .isEqualTo("root:root 644\nroot:root 755");
    assertThat(download("/srv/new/deep/a.bin").expect(200).body()).isEqualTo("0123456789");
    assertThat(download("/srv/new/deep/a.bin", "Range", "bytes=-2").expect(206).body())
        .isEqualTo("89");
    download("/srv/new/deep/a.bin", "Range", "bytes=10-").expectError(416, "range_not_satisfiable");
  }

  @Test
  void namedUserOwnsTheFileAndTheParentsThatWereMade() {
    upload(field("path", "up/load/b") + field("user", "user") + file("x")).expect(200);
    assertThat(client().output(sandbox, "cd /home/user && stat -c %U up up/load up/load/b"))
        .isEqualTo("user\nuser\nuser");
    upload(field("path", "/opt/own/c") + field("user", "user") + file("x")).expect(200);
    assertThat(client().output(sandbox, "stat -c %U /opt/own /opt/own/c")).isEqualTo("user\nuser");
    upload(field("path", "/root/d") + field("user", "user") + file("x"))
        .expectError(403, "permission_denied");
    upload(field("path", "/tmp/d") + field("user", "ghost") + file("x"))
        .expectError(400, "user_not_found");
  }

  @Test
  void fileBeforeItsPathAndFileWithoutOneArriveToo() {
    String large = "0123456789abcdef".repeat(100_000);
    String form = file(large).replace("\r\n--XX--\r\n", "\r\n" + field("path", "/tmp/late"));
    upload(form + "--XX--\r\n").expect(200);
    assertThat(client().output(sandbox, "stat -c %s /tmp/late")).isEqualTo("1600000");
    assertThat(upload(file("home")).expect(200).text("path")).isEqualTo("orig.bin");
    assertThat(client().output(sandbox, "cat /root/orig.bin")).isEqualTo("home");
  }

  @Test
  void uploadThatIsRefusedOrBreaksOffLeavesWhatWasThere() {
    client().writeFile(sandbox, "/tmp/kept", "old").expect(200);
    upload(field("path", "/tmp/kept") + file("new").replace("--XX--", "--XX"))
        .expectError(400, "invalid_request");
    assertThat(download("/tmp/kept").expect(200).body()).isEqualTo("old");
    upload(field("path", "/tmp") + file("x")).expectError(400, "not_a_file");
    upload(field("path", "/etc/passwd/x") + file("x")).expectError(400, "not_a_directory");
    client().output(sandbox, "mkfifo /tmp/fifo");
    upload(field("path", "/tmp/fifo") + file("x")).expectError(400, "not_a_file");
    upload(field("path", "/dev/null") + file("x")).expectError(400, "not_a_file");
    client().output(sandbox, "ln -s ring2 /tmp/ring1 && ln -s ring1 /tmp/ring2");
    upload(field("path", "/tmp/ring1") + file("x")).expectError(400, "invalid_path");
  }

  @Test
  void fullDiskRefusesTheUploadAndKeepsTheOldFile() {
    client().writeFile(sandbox, "/var/kept", "old").expect(200);
    client().output(sandbox, "head -c 2000000000 /dev/zero > /var/filler || true");
    upload(field("path", "/var/kept") + file("x".repeat(5_000_000))).expectError(409, "disk_full");
    client()
        .post(
            files("/batch"),
            "[{\"path\":\"/var/b1\",\"content\":\"" + "x".repeat(5_000_000) + "\"}]")
        .expectError(409, "disk_full");
    client().output(sandbox, "rm /var/filler");
    assertThat(download("/var/kept").expect(200).body()).isEqualTo("old");
    client().get(files("/info?path=/var/b1")).expectError(404, "file_not_found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/tmp", "/dev/zero", "/dev/tty0", "/tmp/pipe", "/proc/kmsg", "/run/socket"})
  void whatIsNoFileIsRefusedInTime(String path) {
    client().output(sandbox, "test -p /tmp/pipe || mkfifo /tmp/pipe");
    Reply refused = download(path);
    assertThat(refused.status()).as(refused.body()).isBetween(400, 499);
    assertThat(refused.text("code")).isIn("not_a_file", "file_not_found");
  }

  @Test
  void filesThatTheKernelMakesUpArriveWhole() {
    assertThat(download("/proc/version").expect(200).body()).startsWith("Linux version");
    assertThat(client().readFile(sandbox, "/proc/self/comm").expect(200).text("content"))
        .isNotBlank();
    assertThat(download("/sys/kernel/mm/transparent_hugepage/enabled").status()).isIn(200, 404);
  }

  @Test
  void fileThatGrowsIsSentAsItWas() throws Exception {
    client().output(sandbox, "head -c 3000000 /dev/zero > /tmp/grows");
    client()
        .run(
            sandbox,
            Map.of(
                "command",
                "until test -e /tmp/stop; do echo more >> /tmp/grows; sleep 0.01; done",
                "background",
                true))
        .expect(200);
    Reply whole = download("/tmp/grows").expect(200);
    assertThat(whole.body().getBytes(UTF_8).length).isGreaterThanOrEqualTo(3_000_000);
    client().output(sandbox, "touch /tmp/stop");
  }

  @Test
  void batchWritesAllOrNothingOfABrokenBody() {
    Reply written =
        client()
            .post(
                files("/batch"),
                "[{\"path\":\"/tmp/batch/x.txt\",\"content\":\"1\"},{\"path\":\"y\",\"content\":\"2\",\"user\":\"user\"}]")
            .expect(200);
    assertThat(written.json().findValuesAsText("path")).isEqualTo(List.of("/tmp/batch/x.txt", "y"));
    assertThat(client().output(sandbox, "cat /tmp/batch/x.txt /home/user/y")).isEqualTo("12");
    client()
        .post(files("/batch"), "[{\"path\":\"/tmp/none\",\"content\":\"1\"},{\"path\":\"z\"}]")
        .expectError(400, "invalid_request");
    client().get(files("/info?path=/tmp/none")).expectError(404, "file_not_found");
    client()
        .post(
            files("/batch"),
            "[{\"path\":\"/tmp/first\",\"content\":\"1\"},{\"path\":\"/tmp\",\"content\":\"\"}]")
        .expectError(400, "not_a_file");
    assertThat(client().output(sandbox, "cat /tmp/first")).isEqualTo("1");
  }
}
