package io.omnirun.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A language of which a piece of code can be run as a program of its own. */
public enum CodeLanguage {
  PYTHON("py", "python3"),
  JAVASCRIPT("js", "node"),
  TYPESCRIPT("ts"),
  BASH("sh", "shell"),
  RUST("rs"),
  SQL(),
  ZIG(),
  PHP();

  private final List<String> aliases;

  CodeLanguage(String... aliases) {
    this.aliases = List.of(aliases);
  }

  /** Its name on the wire. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name and all others that it goes by. */
  public List<String> names() {
    return Stream.concat(Stream.of(text()), aliases.stream()).toList();
  }

  /** The language of a name, in whatever case it is written. */
  public static Optional<CodeLanguage> named(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(known -> known.names().contains(wanted)).findFirst();
  }
}
