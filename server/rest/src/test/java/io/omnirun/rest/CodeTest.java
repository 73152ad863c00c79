package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CodeTest {
  private final RestServer server = new RestServer();
  private String code = "";

  @BeforeEach
  void createSandbox() throws Exception {
    code = "/sandboxes/" + server.create("{}") + "/code";
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void codeIsTheInputOfACommandAndAnsweredLikeOne() throws Exception {
    server.guest().result = new CommandResult("öut\n", "e", 3, true);
    HttpResponse<String> answer = server.post(code, "{\"code\":\"print('ü')\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo("{\"stdout\":\"öut\\n\",\"stderr\":\"e\",\"exit_code\":3,\"truncated\":true}");
    assertThat(server.guest().inputs).containsExactly("print('ü')");
    Command command = server.guest().commands.getFirst();
    assertThat(command.line()).startsWith("# python code\n").doesNotContain("ü");
    assertThat(command.user()).isEqualTo("root");
    assertThat(command.timeout()).hasValue(Duration.ofMinutes(1));
  }

  @Test
  void whatCommandsTakeCodeTakesToo() throws Exception {
    server.post(
        code,
        "{\"code\":\"\",\"language\":\"JS\",\"timeout\":0,\"cwd\":\"/srv\",\"user\":\"coder\","
            + "\"envs\":{\"A_1\":\"x y\"}}");

    Command command = server.guest().commands.getFirst();
    assertThat(command.line()).startsWith("# javascript code\n");
    assertThat(command.user()).isEqualTo("coder");
    assertThat(command.cwd()).isEqualTo(Optional.of("/srv"));
    assertThat(command.envs()).isEqualTo(Map.of("A_1", "x y"));
    assertThat(command.timeout()).isEmpty();
  }

  @Test
  void aTimeoutIsAnswered124() throws Exception {
    server.guest().result = new CommandResult("", "", CommandResult.TIMED_OUT_EXIT_CODE, false);
    assertThat(server.post(code, "{\"code\":\"x\",\"timeout\":1}").body())
        .contains("\"exit_code\":124");
  }

  @Test
  void aMissingProgramIsAConflictThatSaysWhatThereIs() throws Exception {
    server.guest().resultOf =
        command -> new CommandResult("", mark(command) + " bash python", 127, false);
    HttpResponse<String> answer = server.post(code, "{\"code\":\"x\",\"language\":\"rs\"}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body())
        .contains("\"code\":\"language_unavailable\"")
        .contains("no program for rust (one of: rustc); it has some for: python, bash");
  }

  private static String mark(Command command) {
    Matcher mark = Pattern.compile("printf '%s' ([0-9a-f]{32}) ").matcher(command.line());
    assertThat(mark.find()).isTrue();
    return mark.group(1);
  }

  @Test
  void aCommandThatIsNotFoundIsNoMissingProgram() throws Exception {
    server.guest().result = new CommandResult("", "python", 127, false);
    assertThat(server.post(code, "{\"code\":\"x\"}").body()).contains("\"exit_code\":127");
  }

  @Test
  void theLargestCodeIsTaken() throws Exception {
    String largest = "é".repeat(CodeBody.MAX_CODE_BYTES / 2);
    assertThat(server.post(code, "{\"code\":\"" + largest + "\"}").statusCode()).isEqualTo(200);
    assertThat(server.post(code, "{\"code\":\"" + largest + "x\"}").body())
        .contains("command_too_large");
  }
}
