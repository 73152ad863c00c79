package io.omnirun.images;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What several templates may have in common: the keys that a part's file and a template's file
 * share. See {@link Template} for what each means.
 */
record TemplatePart(
    List<String> packages,
    List<TemplateFile> files,
    List<String> commands,
    Map<String, String> env,
    List<TemplateUser> users,
    List<String> warmUp,
    Optional<String> startCommand,
    Optional<String> readyCommand) {
  TemplatePart {
    packages = List.copyOf(packages);
    files = List.copyOf(files);
    commands = List.copyOf(commands);
    env = Map.copyOf(env);
    users = List.copyOf(users);
    warmUp = List.copyOf(warmUp);
  }

  /** This part with another on top: its lists follow ours, its single values replace ours. */
  TemplatePart with(TemplatePart other) {
    Map<String, String> allVariables = new LinkedHashMap<>(env);
    allVariables.putAll(other.env);
    return new TemplatePart(
        both(packages, other.packages).stream().distinct().toList(),
        both(files, other.files),
        both(commands, other.commands),
        allVariables,
        both(users, other.users),
        both(warmUp, other.warmUp),
        other.startCommand.or(() -> startCommand),
        other.readyCommand.or(() -> readyCommand));
  }

  private static <T> List<T> both(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
