package io.omnirun.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The cgroups that a launcher made, found by its instance's name; v1 and v2 alike. */
public final class Cgroups {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private Cgroups() {}

  /** The machine that a process belongs to, if it is one of the instance's. */
  public static Optional<String> machineOf(ProcessHandle process, String instance) {
    Pattern form = Pattern.compile("/omnirun/" + Pattern.quote(instance) + "/([^/\n]+)");
    try {
      return form.matcher(
              Files.readString(Path.of("/proc", Long.toString(process.pid()), "cgroup")))
          .results()
          .map(match -> match.group(1))
          .findFirst();
    } catch (IOException goneMeanwhile) {
      return Optional.empty();
    }
  }

  /** The machines' cgroups, in every hierarchy. */
  public static List<String> ofInstance(String instance) {
    List<String> found = new ArrayList<>();
    parents(instance).forEach(parent -> addMachines(parent, found));
    return found;
  }

  /** The cgroups above the machines', in every hierarchy that has one. */
  public static List<Path> parents(String instance) {
    Path parent = Path.of("omnirun", instance);
    try (Stream<Path> hierarchies = Files.list(ROOT)) {
      return Stream.concat(Stream.of(ROOT), hierarchies)
          .map(hierarchy -> hierarchy.resolve(parent))
          .filter(Files::isDirectory)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void addMachines(Path parent, List<String> found) {
    try (Stream<Path> children = Files.list(parent)) {
      children.filter(Files::isDirectory).map(Path::toString).forEach(found::add);
    } catch (NoSuchFileException goneMeanwhile) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
