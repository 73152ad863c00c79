package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import io.omnirun.testkit.server.ApiClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** People who share a server: invited on its host, signed in by mail, suspended, restored. */
class AccountsTest extends SharedServer {
  private static final Pattern CODE = Pattern.compile("^ +([0-9]{6})\\s*$", Pattern.MULTILINE);

  private final GreenMail mails =
      new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

  @Override
  Map<String, String> settings() {
    mails.start();
    return Map.of(
        "mail.smtp", "127.0.0.1:" + mails.getSmtp().getPort(),
        "mail.smtp.security", "none",
        "mail.from", "omnirun@example.org");
  }

  @AfterAll
  void stopMails() {
    mails.stop();
  }

  @Test
  void whoeverIsInvitedSignsInByMailAndRunsASandbox() {
    String email = invited();
    ApiClient ada = signIn(email);
    assertThat(ada.get("/auth/me").expect(200).text("email")).isEqualTo(email);
    ada.post("/vault/init", "").expectError(409, "vault_exists");
    String sandbox = ada.createSandbox();
    assertThat(ada.output(sandbox, "echo hello")).isEqualTo("hello");
    ada.delete("/sandboxes/" + sandbox).expect(204);
    assertThat(server().serverLog()).doesNotContain(ada.apiKey());
  }

  @Test
  void suspensionEndsSandboxesAndRefusesKeysUntilItIsTakenBack() {
    String email = invited();
    ApiClient ada = signIn(email);
    ApiClient key =
        ada.withKey(ada.post("/auth/tokens", Map.of("name", "ci")).expect(201).text("token"));
    String running = ada.createSandbox();
    String paused = ada.createSandbox();
    ada.post("/sandboxes/" + paused + "/pause", "").expect(200);
    String others = client().createSandbox();

    server().admin("suspend", email);

    patiently().until(() -> key.get("/auth/me").status() == 403);
    key.get("/auth/me").expectError(403, "account_suspended");
    ada.get("/auth/me").expectError(401, "unauthorized");
    patiently().until(() -> server().serverLog().contains(running + " was ended"));
    patiently().until(() -> server().serverLog().contains(paused + " was ended"));
    server().admin("unsuspend", email);
    patiently().until(() -> key.get("/auth/me").status() == 200);
    key.get("/sandboxes/" + running).expectError(404, "sandbox_not_found");
    key.get("/sandboxes/" + paused).expectError(404, "sandbox_not_found");
    ada.get("/auth/me").expectError(401, "unauthorized");
    assertThat(client().output(others, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + others).expect(204);
  }

  @Test
  void limitsAreSetWhileTheServerRuns() {
    String email = invited();
    ApiClient ada = signIn(email);
    Map<String, String> base = Map.of("template", "base");
    server().admin("limits", email, "--max-vcpus", "0");
    ada.post("/sandboxes", base).expectError(429, "cpu_limit");
    server().admin("limits", email, "--max-vcpus", "1", "--max-memory-mib", "255");
    ada.post("/sandboxes", base).expectError(429, "memory_limit");
    server().admin("limits", email, "--max-memory-mib", "256", "--max-disk-mib", "1023");
    ada.post("/sandboxes", base).expectError(429, "disk_limit");
    server().admin("limits", email, "--max-disk-mib", "1024");
    String sandbox = ada.post("/sandboxes", base).expect(201).text("sandboxID");
    ada.post("/sandboxes", base).expectError(429, "cpu_limit");
    ada.delete("/sandboxes/" + sandbox).expect(204);
    server().admin("limits", email, "--max-concurrent", "0");
    ada.post("/sandboxes", base).expectError(429, "concurrent_limit");
    assertThat(server().admin("accounts")).contains(email).contains("concurrent=0");
  }

  @Test
  void backupOfARunningServerIsPutBack() throws IOException {
    String before = invited();
    String sandbox = client().createSandbox();
    Path backup = server().stateDirectory().resolve(UUID.randomUUID() + ".db");
    server().admin("backup", backup.toString());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
        .isEqualTo("rw-------");
    String after = invited();
    assertThatThrownBy(() -> server().admin("restore", backup.toString()))
        .as("the server runs")
        .isInstanceOf(IllegalStateException.class);
    server().stopServer();
    server().admin("restore", backup.toString());
    server().startServer();
    assertThat(server().admin("accounts")).contains(before).doesNotContain(after);
    assertThat(client().output(sandbox, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String invited() {
    String email = "ada-" + UUID.randomUUID() + "@example.org";
    server().admin("invite", email);
    return email;
  }

  private ApiClient signIn(String email) {
    ApiClient anonymous = new ApiClient(server().url(), "");
    anonymous.post("/auth/magic-link/request", Map.of("email", email)).expect(202);
    String text = patiently().until(() -> mailTo(email), mail -> !mail.isEmpty());
    Matcher code = CODE.matcher(text);
    assertThat(code.find()).as(text).isTrue();
    return anonymous.withKey(
        anonymous
            .post("/auth/otp/verify", Map.of("email", email, "code", code.group(1)))
            .expect(200)
            .text("token"));
  }

  private String mailTo(String email) throws Exception {
    for (var mail : mails.getReceivedMessages()) {
      if (mail.getAllRecipients()[0].toString().equals(email)) {
        return GreenMailUtil.getBody(mail);
      }
    }
    return "";
  }

  private static ConditionFactory patiently() {
    return Awaitility.await().atMost(120, TimeUnit.SECONDS);
  }
}
