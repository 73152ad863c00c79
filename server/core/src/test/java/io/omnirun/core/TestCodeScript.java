package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.CodeLanguage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script in a real shell, which finds the programs of a folder and no others. */
@Timeout(60)
class TestCodeScript {
  private static final String MARK = "mark4711";

  private record Ended(int exitCode, String stdout, String stderr) {}

  @TempDir Path folder;
  private Path programs = Path.of("/");

  @BeforeEach
  void offerTools() throws IOException {
    programs = Files.createDirectory(folder.resolve("programs"));
    for (String tool : List.of("mktemp", "rm", "cat", "stat")) {
      offer(tool, "exec /usr/bin/" + tool + " \"$@\"");
    }
  }

  private void offer(String name, String script) throws IOException {
    Path program = Files.writeString(programs.resolve(name), "#!/bin/bash\n" + script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ended run(CodeLanguage language, String code) throws Exception {
    Path stdout = folder.resolve("stdout");
    Path stderr = folder.resolve("stderr");
    ProcessBuilder shell =
        new ProcessBuilder("/bin/bash", "-c", CodeScript.of(language, code, MARK))
            .redirectOutput(stdout.toFile())
            .redirectError(stderr.toFile());
    shell.environment().put("PATH", programs.toString());
    Process running = shell.start();
    try (var input = running.getOutputStream()) {
      input.write(code.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("Broken pipe");
    }
    return new Ended(running.waitFor(), Files.readString(stdout), Files.readString(stderr));
  }

  @Test
  void theProgramGetsTheCodeAsAFileAndNoInput() throws Exception {
    offer("python3", "echo \"$1\"; cat \"$1\"; cat; echo oops >&2; exit 3");
    Ended ended = run(CodeLanguage.PYTHON, "print('ü')\n");

    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(ended.stdout())
        .matches("/tmp/\\.omnirun-code-[A-Za-z0-9]{10}/main\\.py\nprint\\('ü'\\)\n");
    assertThat(ended.stderr()).isEqualTo("oops\n");
  }

  @Test
  void theFileIsPrivateAndGoneWhenItIsOver() throws Exception {
    offer("python3", "echo \"${1%/*}\"; stat -c %a \"${1%/*}\"");
    List<String> told = run(CodeLanguage.PYTHON, "x").stdout().lines().toList();

    assertThat(told.get(1)).isEqualTo("700");
    assertThat(Path.of(told.getFirst())).doesNotExist();
  }

  @Test
  void itGoesAlsoWhenTheShellIsKilled() throws Exception {
    offer("python3", "echo \"${1%/*}\"; kill -9 $PPID");
    Ended ended = run(CodeLanguage.PYTHON, "x");

    assertThat(ended.exitCode()).isEqualTo(137);
    Awaitility.await()
        .untilAsserted(() -> assertThat(Path.of(ended.stdout().strip())).doesNotExist());
  }

  @Test
  void aChildThatLivesOnHoldsNothingUp() throws Exception {
    offer("python3", "/usr/bin/sleep 600 & echo $!");
    Ended ended = run(CodeLanguage.PYTHON, "x");

    long child = Long.parseLong(ended.stdout().strip());
    assertThat(ProcessHandle.of(child).map(ProcessHandle::destroyForcibly)).hasValue(true);
  }

  @Test
  void theFirstProgramThatIsThereIsTaken() throws Exception {
    offer("python", "echo second");
    assertThat(run(CodeLanguage.PYTHON, "x").stdout()).isEqualTo("second\n");
    offer("python3", "echo first");
    assertThat(run(CodeLanguage.PYTHON, "x").stdout()).isEqualTo("first\n");
  }

  @Test
  void nodeIsTakenForTypeScriptIfItKnowsTypes() throws Exception {
    offer("node", "[[ $1 == --experimental-strip-types ]] && exit 9; echo ran");
    assertThat(run(CodeLanguage.TYPESCRIPT, "x").exitCode())
        .isEqualTo(CodeScript.NOT_FOUND_EXIT_CODE);
    offer("node", "echo ran ${2##*/}");
    assertThat(run(CodeLanguage.TYPESCRIPT, "x").stdout())
        .isEqualTo("ran --experimental-strip-types\n");
  }

  @Test
  void aMissingProgramIsToldFromACommandThatIsNotFound() throws Exception {
    offer("zig", "");
    offer("node", "exit 9");
    Ended missing = run(CodeLanguage.PYTHON, "x");
    assertThat(CodeScript.missing(missing.exitCode(), missing.stderr(), MARK))
        .hasValue(List.of(CodeLanguage.JAVASCRIPT, CodeLanguage.ZIG));

    offer("python3", "exit 127");
    Ended other = run(CodeLanguage.PYTHON, "x");
    assertThat(other.exitCode()).isEqualTo(127);
    assertThat(CodeScript.missing(other.exitCode(), other.stderr(), MARK)).isEmpty();
  }

  @Test
  void largeCodeArrivesWhole() throws Exception {
    offer("python3", "stat -c %s \"$1\"");
    assertThat(run(CodeLanguage.PYTHON, "x".repeat(1024 * 1024)).stdout()).isEqualTo("1048576\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "console.log(1)|main.cjs",
        "const a = await import('fs')|main.cjs",
        "import('fs').then(console.log)|main.cjs",
        "importScripts()|main.cjs",
        "import fs from 'fs'|main.mjs",
        "import {a} from 'b'|main.mjs",
        "export const a = 1|main.mjs"
      })
  void modulesAreToldFromScripts(String code, String file) {
    assertThat(CodePrograms.fileName(CodeLanguage.JAVASCRIPT, "// first\n" + code)).isEqualTo(file);
  }

  @Test
  void everyLanguageHasItsOwnNames() {
    List<String> names =
        Stream.of(CodeLanguage.values()).flatMap(language -> language.names().stream()).toList();
    assertThat(names).doesNotHaveDuplicates();
    assertThat(names).allSatisfy(name -> assertThat(CodeLanguage.named(name)).isPresent());
    assertThat(CodeLanguage.named("JS")).hasValue(CodeLanguage.JAVASCRIPT);
    assertThat(CodeLanguage.named("cobol")).isEmpty();
  }
}
