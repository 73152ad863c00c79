package io.omnirun.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.Reply;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BadInputTest extends SharedServer {
  private static final int FILE_LIMIT_BYTES = 128 * 1024 * 1024;

  private String sandbox = "";

  @BeforeAll
  void createSandbox() {
    sandbox = client().createSandbox();
  }

  @AfterAll
  void nothingHappenedBesides() {
    assertThat(client().get("/sandboxes").json()).hasSize(1);
    assertThat(client().get("/sandboxes/" + sandbox + "/commands").json()).isEmpty();
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  static Stream<Arguments> badPosts() {
    return Stream.of(
        Arguments.of("/sandboxes", "{\"template\":\"no-such\"}", 404, "template_not_found"),
        Arguments.of("/sandboxes", "{\"template\":7}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"timeout\":\"60\"}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"timeout\":-1}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"timeout\":1.5}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"timeout\":86401}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes",
            "{\"template\":\"base\",\"memoryMB\":9999999}",
            400,
            "size_not_available"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"cpuCount\":1000}", 400, "size_not_available"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"envVars\":{\"A\":1}}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"envVars\":[]}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"template\":\"base\",\"internet\":\"yes\"}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes",
            "{\"template\":\"base\",\"metadata\":{\"a\":{}}}",
            400,
            "invalid_request"),
        Arguments.of(
            "/sandboxes",
            "{\"template\":\"base\",\"network\":{\"allowDomains\":\"x\"}}",
            400,
            "invalid_request"),
        Arguments.of(
            "/sandboxes",
            "{\"template\":\"base\",\"maskRequestHost\":\"a/b\"}",
            400,
            "invalid_request"),
        Arguments.of(
            "/webhooks",
            "{\"url\":\"http://169.254.169.254/\",\"events\":[\"created\"]}",
            400,
            "invalid_request"),
        Arguments.of(
            "/webhooks",
            "{\"url\":\"https://a.example/\",\"events\":[\"none\"]}",
            400,
            "invalid_request"),
        Arguments.of("/sandboxes", "not json", 400, "invalid_request"),
        Arguments.of("/sandboxes", "", 400, "invalid_request"),
        Arguments.of("/sandboxes", "[]", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes", "{\"a\":".repeat(5000) + "1" + "}".repeat(5000), 400, "invalid_request"),
        Arguments.of(
            "/sandboxes",
            "{\"template\":\"" + "x".repeat(9_000_000) + "\"}",
            413,
            "body_too_large"),
        Arguments.of("/sandboxes/SB/commands", "{}", 400, "invalid_request"),
        Arguments.of("/sandboxes/SB/commands", "{\"command\":null}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/commands",
            "{\"command\":\"true\",\"envs\":{\"A\":null}}",
            400,
            "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/commands",
            "{\"command\":\"" + "x".repeat(3_000_000) + "\"}",
            413,
            "body_too_large"),
        Arguments.of("/sandboxes/SB/commands", "{\"command\":\"\"}", 400, "invalid_request"),
        Arguments.of("/sandboxes/SB/commands", "{\"command\":[\"ls\"]}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/commands", "{\"command\":\"a\\u0000b\"}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/commands",
            "{\"command\":\"true\",\"timeout\":-1}",
            400,
            "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/commands",
            "{\"command\":\"true\",\"user\":\"no-such\"}",
            400,
            "user_not_found"),
        Arguments.of(
            "/sandboxes/SB/commands",
            "{\"command\":\"true\",\"cwd\":\"/no/such\"}",
            400,
            "cwd_not_found"),
        Arguments.of(
            "/sandboxes/sb_aaaaaaaaaaaaaaaaaaaa/commands",
            "{\"command\":\"true\"}",
            404,
            "sandbox_not_found"),
        Arguments.of(
            "/sandboxes/..%2f..%2fetc/commands", "{\"command\":\"true\"}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/files",
            "{\"path\":\"/tmp/../etc/x\",\"content\":\"\"}",
            400,
            "invalid_path"),
        Arguments.of(
            "/sandboxes/SB/files",
            "{\"path\":\"/tmp/a\\u0000\",\"content\":\"\"}",
            400,
            "invalid_path"),
        Arguments.of(
            "/sandboxes/SB/files",
            "{\"path\":\"/" + "x".repeat(10_000) + "\",\"content\":\"\"}",
            400,
            "invalid_path"),
        Arguments.of(
            "/sandboxes/SB/files", "{\"path\":\"\",\"content\":\"\"}", 400, "invalid_path"),
        Arguments.of(
            "/sandboxes/SB/files", "{\"path\":\"/tmp\",\"content\":\"\"}", 400, "not_a_file"),
        Arguments.of(
            "/sandboxes/SB/files", "{\"path\":\"/tmp/x\",\"content\":5}", 400, "invalid_request"),
        Arguments.of("/sandboxes/SB/files", "{\"path\":\"/tmp/x\"}", 400, "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/files",
            "{\"path\":\"/tmp/x\",\"content\":null}",
            400,
            "invalid_request"),
        Arguments.of(
            "/sandboxes/SB/files",
            "{\"path\":\"/tmp/x\",\"content\":\"\",\"user\":\"no-such\"}",
            400,
            "user_not_found"),
        Arguments.of(
            "/sandboxes/SB/files",
            "{\"path\":\"/tmp/x\",\"content\":\"half",
            400,
            "invalid_request"));
  }

  @ParameterizedTest(name = "{0} {2} {3}")
  @MethodSource("badPosts")
  void isRefusedWithItsOwnCode(String path, String body, int status, String code) {
    client().post(path.replace("SB", sandbox), body).expectError(status, code);
  }

  @Test
  void nothingWasWrittenByARefusedWrite() {
    client()
        .post(
            "/sandboxes/" + sandbox + "/files", "{\"path\":\"/tmp/half\",\"content\":\"ab\", oops");
    client().readFile(sandbox, "/tmp/half").expectError(404, "file_not_found");
  }

  @Test
  void badPathsCannotBeReadEither() {
    client().readFile(sandbox, "/tmp/../etc/passwd").expectError(400, "invalid_path");
    client().readFile(sandbox, "/" + "x".repeat(5_000)).expectError(400, "invalid_path");
    client().readFile(sandbox, "/tmp/a\0b").expectError(400, "invalid_path");
    client().get("/sandboxes/" + sandbox + "/files").expectError(400, "invalid_request");
    client()
        .get("/sandboxes/" + sandbox + "/files?path=/etc/hostname&user=no-such")
        .expectError(400, "user_not_found");
  }

  @Test
  void fileThatIsAnnouncedAsTooLargeIsRefusedBeforeItIsSent() {
    client()
        .send(
            client()
                .request("/sandboxes/" + sandbox + "/files")
                .expectContinue(true)
                .POST(BodyPublishers.fromPublisher(tooLargeFile(), FILE_LIMIT_BYTES + 1)))
        .expectError(413, "body_too_large");
  }

  @Test
  void fileThatTurnsOutTooLargeIsNotWritten() {
    client()
        .send(client().request("/sandboxes/" + sandbox + "/files").POST(tooLargeFile()))
        .expectError(413, "body_too_large");
    client().readFile(sandbox, "/tmp/large").expectError(404, "file_not_found");
  }

  private static BodyPublisher tooLargeFile() {
    byte[] begin = "{\"path\":\"/tmp/large\",\"user\":\"root\",\"content\":\"".getBytes(US_ASCII);
    byte[] piece = "x".repeat(1 << 20).getBytes(US_ASCII);
    return BodyPublishers.concat(
        BodyPublishers.ofByteArray(begin),
        BodyPublishers.ofByteArrays(Collections.nCopies(FILE_LIMIT_BYTES / piece.length, piece)));
  }

  @Test
  void nullIsAsGoodAsAbsent() {
    Reply created =
        client()
            .post(
                "/sandboxes",
                "{\"template\":\"base\",\"timeout\":null,\"envVars\":null,\"metadata\":null}")
            .expect(201);
    assertThat(created.json().has("endAt")).as("the template's own time-out").isTrue();
    client().delete("/sandboxes/" + created.text("sandboxID")).expect(204);
  }

  @Test
  void unknownFieldsAreIgnoredAndLaterOnesAnsweredAsAbsent() {
    Reply created =
        client()
            .post(
                "/sandboxes",
                "{\"template\":\"base\",\"surprise\":{\"a\":[1]},\"e2ee\":true,\"clientPublicKey\":\"x\"}")
            .expect(201);
    assertThat(created.json().has("serverPublicKey")).isFalse();
    assertThat(created.json().has("trafficToken")).isFalse();
    client().delete("/sandboxes/" + created.text("sandboxID")).expect(204);
  }

  @Test
  void keyIsWantedInOneOfTwoHeaders() {
    client().withKey("").get("/sandboxes").expectError(401, "unauthorized");
    client().withKey("omr_wrong").get("/sandboxes").expectError(401, "unauthorized");
    client()
        .send(
            client()
                .requestWithoutKey("/sandboxes")
                .header("Authorization", "Bearer omr_wrong")
                .POST(BodyPublishers.ofString("{\"template\":\"base\"}")))
        .expectError(401, "unauthorized");
  }

  @Test
  void rightKeyOpensInEitherHeader() {
    Reply listed = client().send(client().requestWithBearer("/sandboxes").GET()).expect(200);
    assertThat(listed).isEqualTo(client().get("/sandboxes").expect(200));
    assertThat(listed.json().findValuesAsText("sandboxID")).containsExactly(sandbox);
  }

  @Test
  void unknownRoutesAndMethodsAreTold() {
    client().get("/no/such/route").expectError(404, "route_not_found");
    client().delete("/sandboxes").expectError(405, "method_not_allowed");
  }
}
