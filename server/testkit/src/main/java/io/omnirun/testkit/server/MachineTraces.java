package io.omnirun.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a host has of one launcher's machines at a moment, by the machines' names. */
final class MachineTraces {
  private enum Kind {
    PROCESS,
    CGROUP,
    DIRECTORY,
    RECORD
  }

  private final Map<String, Map<Kind, List<String>>> byMachine = new TreeMap<>();

  private MachineTraces() {}

  /**
   * @param directories of the machines, which are the server's
   * @param records of the machines, which are the launcher's
   */
  static MachineTraces find(String instance, Path directories, Path records) {
    MachineTraces found = new MachineTraces();
    ProcessHandle.allProcesses().forEach(process -> found.addProcess(process, instance));
    Cgroups.ofInstance(instance).forEach(group -> found.add(Kind.CGROUP, group));
    entries(directories).forEach(directory -> found.add(Kind.DIRECTORY, directory));
    entries(records).forEach(record -> found.add(Kind.RECORD, record));
    return found;
  }

  private void addProcess(ProcessHandle process, String instance) {
    Cgroups.machineOf(process, instance)
        .ifPresent(machine -> add(machine, Kind.PROCESS, "process " + process.pid()));
  }

  /** A path is named after its machine, with or without an ending. */
  private void add(Kind kind, String path) {
    String name = Path.of(path).getFileName().toString();
    add(name.split("\\.", 2)[0], kind, path);
  }

  private void add(String machine, Kind kind, String trace) {
    byMachine
        .computeIfAbsent(machine, name -> new EnumMap<>(Kind.class))
        .computeIfAbsent(kind, name -> new ArrayList<>())
        .add(trace);
  }

  /** The machines that there is anything of. */
  Set<String> machines() {
    return byMachine.keySet();
  }

  List<String> all() {
    return all(byMachine.values().stream());
  }

  /** Those of machines that something is missing of, so that they cannot be running ones. */
  List<String> ofIncompleteMachines() {
    return all(byMachine.values().stream().filter(traces -> traces.size() < Kind.values().length));
  }

  private static List<String> all(Stream<Map<Kind, List<String>>> traces) {
    return traces.flatMap(kinds -> kinds.values().stream()).flatMap(List::stream).toList();
  }

  private static List<String> entries(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var stream = Files.list(directory)) {
      return stream.map(Path::toString).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
