package io.omnirun.core;

import io.omnirun.model.CodeLanguage;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** By which programs of a guest the code of a language is run, and as what file they take it. */
final class CodePrograms {
  /** A statement that only a module may have; {@code import(…)} is an expression anywhere. */
  private static final Pattern MODULE_STATEMENT =
      Pattern.compile("^(import\\b(?!\\s*[(.])|export\\b)", Pattern.MULTILINE);

  /** From 22.6 on; the others are asked first, for they take all of the language. */
  private static final Program NODE_WITH_TYPES =
      new Program(
          "Node.js 22.6",
          "node --experimental-strip-types -e 0 >/dev/null 2>&1",
          "node --no-warnings --experimental-strip-types \"$1\"");

  /**
   * One way to run a file.
   *
   * @param name for who reads that it is missing
   * @param test what a shell finds out with that the guest has it
   * @param line what a shell runs, the file being $1 and its directory, which nobody else can
   *     enter, $2
   */
  record Program(String name, String test, String line) {
    static Program of(String name, String line) {
      return new Program(name, "omnirun_has " + name, line);
    }
  }

  private CodePrograms() {}

  /** In the order in which they are looked for. */
  static List<Program> of(CodeLanguage language) {
    return switch (language) {
      case PYTHON ->
          List.of(Program.of("python3", "python3 \"$1\""), Program.of("python", "python \"$1\""));
      case JAVASCRIPT ->
          List.of(
              Program.of("node", "node \"$1\""),
              Program.of("bun", "bun run \"$1\""),
              Program.of("deno", "deno run -A \"$1\""));
      case TYPESCRIPT ->
          List.of(
              Program.of("tsx", "tsx \"$1\""),
              Program.of("bun", "bun run \"$1\""),
              Program.of("deno", "deno run -A \"$1\""),
              Program.of("ts-node", "ts-node \"$1\""),
              NODE_WITH_TYPES);
      case BASH -> List.of(Program.of("bash", "bash \"$1\""));
      case RUST ->
          List.of(Program.of("rustc", "rustc --color never -o \"$2/main\" \"$1\" && \"$2/main\""));
      case SQL ->
          List.of(
              Program.of("psql", "psql -X -v ON_ERROR_STOP=1 -f \"$1\""),
              Program.of("sqlite3", "sqlite3 -bail :memory: <\"$1\""));
      case ZIG -> List.of(Program.of("zig", "zig run \"$1\""));
      case PHP -> List.of(Program.of("php", "php \"$1\""));
    };
  }

  /** What the file must be called for the programs to take it for what it is. */
  static String fileName(CodeLanguage language, String code) {
    return switch (language) {
      case PYTHON -> "main.py";
      case JAVASCRIPT -> isModule(code) ? "main.mjs" : "main.cjs";
      case TYPESCRIPT -> "main.ts";
      case BASH -> "main.sh";
      case RUST -> "main.rs";
      case SQL -> "main.sql";
      case ZIG -> "main.zig";
      case PHP -> "main.php";
    };
  }

  private static boolean isModule(String code) {
    return MODULE_STATEMENT.matcher(JavaScriptText.withoutLiterals(code)).find();
  }

  /** The names of a language's programs, for people. */
  static String names(CodeLanguage language) {
    return of(language).stream().map(Program::name).collect(Collectors.joining(", "));
  }
}
