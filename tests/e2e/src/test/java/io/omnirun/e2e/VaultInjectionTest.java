package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.ApiClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sandbox with {@code vaultInject} finds, and others do not. */
@Timeout(600)
class VaultInjectionTest extends SharedServer {
  private static final int VALUE_BYTES = 64 * 1024;
  private static final Pattern SUM = Pattern.compile("=([0-9a-f]{64})");
  private static final String FILE = "/tmp/.omnirun-env";

  /** A clone of the pool, and after it one that is restored for the create. */
  @Override
  Map<String, String> settings() {
    return Map.of("pool", "base=1");
  }

  /** One mebibyte with the names, all that an account may have. */
  private static Map<String, String> fullVault() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("QUOTES", "it's \"quoted\" \\ `id` '''");
    values.put("LINES", "one\ntwo\r\n\n\tthree\n");
    values.put("EXPANSION", "$HOME ${PATH} $(id) !! ~ * # ; & |");
    values.put("UNICODE", "Grüße 🚀 日本語 \u00a0\u200b");
    values.put("EMPTY", "");
    values.put("CONTROL", "\u0001\u001b[31m\u007f");
    values.put("LARGEST", "'é\n".repeat(VALUE_BYTES / 4));
    int left = 1024 * 1024 - bytes(values);
    for (int i = 0; left > 0; i++) {
      String name = "FILL%02d".formatted(i);
      int length = Math.min(VALUE_BYTES, left - name.length());
      values.put(name, Character.toString('a' + i).repeat(length));
      left -= name.length() + length;
    }
    return values;
  }

  private static int bytes(Map<String, String> values) {
    return values.entrySet().stream()
        .mapToInt(
            entry ->
                entry.getKey().length() + entry.getValue().getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  @Test
  void everyByteOfAFullVaultArrivesInCommandsTerminalsAndTheFile() {
    ApiClient client = server().clientOfNewAccount(5);
    Map<String, String> vault = fullVault();
    assertThat(bytes(vault)).isEqualTo(1024 * 1024);
    client.post("/vault/credentials", Map.of("credentials", vault)).expect(201);
    client.post("/vault/credentials", Map.of("key", "ONE_MORE", "value", "x")).expect(429);
    List<String> sandboxes =
        List.of(
            client.createSandbox(Map.of("vaultInject", true)),
            client.createSandbox(Map.of("metadata", Map.of("vaultInject", "true"))));
    for (String sandbox : sandboxes) {
      assertThat(client.output(sandbox, "stat -c '%a %U:%G %F' " + FILE))
          .isEqualTo("600 root:root regular file");
      assertThat(client.output(sandbox, sums(vault))).isEqualTo(wantedSums(vault));
      assertThat(
              client.output(
                  sandbox,
                  "env -i PATH=\"$PATH\" sh -c '. "
                      + FILE
                      + "; exec bash' <<'END'\n"
                      + sums(vault)
                      + "\nEND"))
          .isEqualTo(wantedSums(vault));
      assertThat(terminalSees(client, sandbox, "LARGEST"))
          .isEqualTo(sha256(vault.getOrDefault("LARGEST", "")));
      assertThat(
              client.run(sandbox, Map.of("command", "cat " + FILE, "user", "user")).text("stderr"))
          .contains("Permission denied");
      client.delete("/sandboxes/" + sandbox).expect(204);
    }
  }

  /** One line {@code name sum} for each variable. */
  private static String sums(Map<String, String> vault) {
    return "for name in "
        + String.join(" ", new TreeMap<>(vault).keySet())
        + "; do printf '%s ' $name; printf %s \"${!name}\" | sha256sum | cut -c1-64; done";
  }

  private static String wantedSums(Map<String, String> vault) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(vault).forEach((name, value) -> lines.append(name + " " + sha256(value) + "\n"));
    return lines.toString().strip();
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String terminalSees(ApiClient client, String sandbox, String name) {
    String terminals = "/sandboxes/" + sandbox + "/pty";
    String terminal =
        terminals + "/" + client.post(terminals, Map.of()).expect(201).json().path("pid").asInt();
    client
        .post(
            terminal + "/input",
            Map.of("data", "printf %s \"$" + name + "\" | sha256sum | sed 's/^/=/'\n"))
        .expect(200);
    StringBuilder read = new StringBuilder();
    Awaitility.await()
        .atMost(120, TimeUnit.SECONDS)
        .until(
            () -> {
              read.append(client.get(terminal + "/read").expect(200).text("data"));
              return SUM.matcher(read).find();
            });
    return SUM.matcher(read).results().map(sum -> sum.group(1)).findFirst().orElseThrow();
  }

  @Test
  void laterOnesWinTemplateThenCreateThenVaultThenRequest() {
    ApiClient client = server().clientOfNewAccount(5);
    client
        .post("/vault/credentials", Map.of("credentials", Map.of("A", "vault", "B", "vault")))
        .expect(201);
    String sandbox =
        client.createSandbox(
            Map.of(
                "vaultInject",
                true,
                "envVars",
                Map.of("A", "create", "B", "create", "C", "create")));
    assertThat(
            client
                .run(sandbox, Map.of("command", "echo $A $B $C", "envs", Map.of("B", "request")))
                .text("stdout"))
        .isEqualTo("vault request create\n");
    client.delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void whatASandboxWasGivenOutlivesPausesAndServersAndChangesOfTheVault() {
    ApiClient client = server().clientOfNewAccount(5);
    client.post("/vault/credentials", Map.of("key", "A", "value", "first")).expect(201);
    String old = client.createSandbox(Map.of("vaultInject", true));
    client.post("/vault/credentials", Map.of("key", "A", "value", "second")).expect(201);
    client.post("/sandboxes/" + old + "/pause", "").expect(200);
    server().killServer();
    server().startServer();
    client.post("/sandboxes/" + old + "/resume", "").expect(200);
    assertThat(client.output(old, "echo $A; cat " + FILE)).isEqualTo("first\nexport A='first'");
    String later = client.createSandbox(Map.of("vaultInject", true));
    assertThat(client.output(later, "echo $A")).isEqualTo("second");
    assertThat(client.get("/sandboxes/" + later).json().path("vaultInject").asBoolean()).isTrue();
    client.delete("/vault/credentials/A").expect(204);
    assertThat(client.output(later, "echo $A")).isEqualTo("second");
    List.of(old, later).forEach(id -> client.delete("/sandboxes/" + id).expect(204));
  }

  @Test
  void emptyVaultIsAnEmptyFile() {
    ApiClient client = server().clientOfNewAccount(5);
    String sandbox = client.createSandbox(Map.of("vaultInject", true));
    assertThat(client.output(sandbox, "stat -c '%a %s' " + FILE)).isEqualTo("600 0");
    client.delete("/sandboxes/" + sandbox).expect(204);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void othersGetNothing(boolean ofTheSameAccount) {
    ApiClient owner = server().clientOfNewAccount(5);
    owner.post("/vault/credentials", Map.of("key", "MINE_ALONE", "value", "x")).expect(201);
    ApiClient other = ofTheSameAccount ? owner : server().clientOfNewAccount(5);
    String sandbox = other.createSandbox(Map.of("vaultInject", !ofTheSameAccount));
    assertThat(other.output(sandbox, "env; cat " + FILE + " || true")).doesNotContain("MINE_ALONE");
    other.delete("/sandboxes/" + sandbox).expect(204);
  }
}
