package io.omnirun.core;

import io.omnirun.core.CodePrograms.Program;
import io.omnirun.model.CodeLanguage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a shell of a guest runs so that code becomes a program: it takes the code from its standard
 * input into a file that only its user can read, and runs that with nothing on its own. The file
 * goes with the shell, also if that is killed with its process group: a child outside of the group
 * waits for the end of a pipe that the shell alone holds.
 */
final class CodeScript {
  /** The exit code of a shell that does not find a program. */
  static final int NOT_FOUND_EXIT_CODE = 127;

  private static final String SCRIPT =
      """
      # %1$s code
      omnirun_has() { command -v "$1" >/dev/null 2>&1; }
      %2$selse
        printf '%%s' %3$s >&2
        %4$sexit 127
      fi
      omnirun_dir=$(mktemp -d /tmp/.omnirun-code-XXXXXXXXXX) || exit 1
      set -m
      coproc { read -r _; exec rm -rf "$omnirun_dir"; } 2>/dev/null
      set +m
      cat >"$omnirun_dir/%5$s" || exit 1
      omnirun_run "$omnirun_dir/%5$s" "$omnirun_dir" </dev/null
      omnirun_exit=$?
      exec {COPROC[1]}>&-
      wait "$COPROC_PID"
      exit "$omnirun_exit"
      """;

  private CodeScript() {}

  /**
   * @param mark what it complains with, of letters and digits, when the guest has no program for
   *     the language: known to nobody else
   */
  static String of(CodeLanguage language, String code, String mark) {
    return SCRIPT.formatted(
        language.text(),
        choice(CodePrograms.of(language)),
        mark,
        census(),
        CodePrograms.fileName(language, code));
  }

  private static String choice(List<Program> programs) {
    return "if "
        + programs.stream()
            .map(
                program ->
                    "%s; then\n  omnirun_run() { %s; }\n".formatted(program.test(), program.line()))
            .collect(Collectors.joining("elif "));
  }

  /** Names the languages that the guest has programs for. */
  private static String census() {
    return Arrays.stream(CodeLanguage.values())
        .map(
            language ->
                "if %s; then printf ' %s' >&2; fi\n  "
                    .formatted(
                        CodePrograms.of(language).stream()
                            .map(Program::test)
                            .collect(Collectors.joining(" || ")),
                        language.text()))
        .collect(Collectors.joining());
  }

  /** The languages that a guest has, if that is what it complains of; it may say anything. */
  static Optional<List<CodeLanguage>> missing(int exitCode, String stderr, String mark) {
    int start = stderr.indexOf(mark);
    if (exitCode != NOT_FOUND_EXIT_CODE || start < 0) {
      return Optional.empty();
    }
    List<String> told = List.of(stderr.substring(start + mark.length()).split("\\s+"));
    return Optional.of(
        Arrays.stream(CodeLanguage.values())
            .filter(language -> told.contains(language.text()))
            .toList());
  }
}
