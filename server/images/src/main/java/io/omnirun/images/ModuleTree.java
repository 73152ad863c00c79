package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The modules of one unpacked kernel, and the order in which those we want go in. Not thread-safe.
 */
final class ModuleTree {
  /** A module file, plain or compressed as newer Debian releases have them. */
  private static final List<String> SUFFIXES = List.of(".ko", ".ko.xz");

  private final ProcessRunner runner;
  private final Map<String, Path> files;
  private final Set<String> builtIn;

  private ModuleTree(ProcessRunner runner, Map<String, Path> files, Set<String> builtIn) {
    this.runner = runner;
    this.files = files;
    this.builtIn = builtIn;
  }

  /**
   * @param directory {@code lib/modules/<release>} of the unpacked package
   */
  static ModuleTree of(Path directory, ProcessRunner runner) throws IOException {
    Map<String, Path> files = new HashMap<>();
    try (Stream<Path> tree = Files.walk(directory)) {
      tree.forEach(file -> moduleName(file).ifPresent(name -> files.put(name, file)));
    }
    Set<String> builtIn = new HashSet<>();
    for (String line : Files.readAllLines(directory.resolve("modules.builtin"))) {
      moduleName(Path.of(line)).ifPresent(builtIn::add);
    }
    return new ModuleTree(runner, files, builtIn);
  }

  /**
   * The wanted modules and all they need, each after what it needs; what the kernel has built in is
   * left out.
   *
   * @throws IOException if one is missing or cannot be read
   */
  List<KernelModule> insertionOrder(List<String> wanted)
      throws IOException, ProgramFailedException {
    Map<String, KernelModule> ordered = new LinkedHashMap<>();
    for (String name : wanted) {
      place(name, ordered, new HashSet<>());
    }
    return List.copyOf(ordered.values());
  }

  private void place(String name, Map<String, KernelModule> ordered, Set<String> waiting)
      throws IOException, ProgramFailedException {
    if (ordered.containsKey(name) || builtIn.contains(name)) {
      return;
    }
    if (!waiting.add(name)) {
      throw new IOException("kernel module " + name + " depends on itself");
    }
    KernelModule module = read(name);
    for (String dependency : module.dependencies()) {
      place(dependency, ordered, waiting);
    }
    ordered.put(name, module);
  }

  private KernelModule read(String name) throws IOException, ProgramFailedException {
    Path file = files.get(name);
    if (file == null) {
      throw new IOException("the kernel package has no module " + name);
    }
    if (!file.toString().endsWith(".xz")) {
      return KernelModule.read(file);
    }
    runner.run(Program.quick("xz", "--decompress", "--", file.toString()));
    Path plain = Path.of(file.toString().replaceFirst("\\.xz$", ""));
    files.put(name, plain);
    return KernelModule.read(plain);
  }

  private static Optional<String> moduleName(Path file) {
    String fileName = file.getFileName().toString();
    return SUFFIXES.stream()
        .filter(fileName::endsWith)
        .map(suffix -> fileName.substring(0, fileName.length() - suffix.length()))
        .map(KernelModule::canonicalName)
        .findFirst();
  }
}
