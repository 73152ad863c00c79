package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Starts a main class of the tests in a process of its own, to be killed or to be another user. */
final class ChildJvm {
  private static final List<String> AS_OMNIRUN =
      List.of("setpriv", "--reuid=omnirun", "--regid=omnirun", "--init-groups", "--");

  private ChildJvm() {}

  static ProcessBuilder of(Class<?> main, List<String> arguments) {
    return builder(List.of(), System.getProperty("java.class.path"), main, arguments);
  }

  /**
   * As the user {@code omnirun}, who may not read our libraries where they are.
   *
   * @param directory for copies of them
   */
  static ProcessBuilder asOmnirun(Path directory, Class<?> main, List<String> arguments)
      throws IOException {
    return builder(AS_OMNIRUN, copyClassPath(directory), main, arguments);
  }

  private static ProcessBuilder builder(
      List<String> prefix, String classPath, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-cp", classPath, main.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  private static String copyClassPath(Path directory) throws IOException {
    List<String> copies = new ArrayList<>();
    for (String element : System.getProperty("java.class.path").split(":")) {
      Path source = Path.of(element);
      Path copy = directory.resolve(copies.size() + "-" + source.getFileName());
      copyTree(source, copy);
      copies.add(copy.toString());
    }
    return String.join(":", copies);
  }

  private static void copyTree(Path source, Path target) throws IOException {
    try (Stream<Path> tree = Files.walk(source)) {
      for (Path path : tree.toList()) {
        Files.copy(path, target.resolve(source.relativize(path).toString()));
      }
    }
  }
}
