package io.omnirun.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The cgroups that a launcher made, found by its instance's name; v1 and v2 alike. */
public final class Cgroups {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private Cgroups() {}

  public static boolean belongsTo(ProcessHandle process, String instance) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cgroup"))
          .contains("/omnirun/" + instance + "/");
    } catch (IOException goneMeanwhile) {
      return false;
    }
  }

  /** The machines' cgroups, in every hierarchy. */
  public static List<String> ofInstance(String instance) {
    List<String> found = new ArrayList<>();
    addMachines(ROOT.resolve("omnirun").resolve(instance), found);
    try (Stream<Path> hierarchies = Files.list(ROOT)) {
      hierarchies.forEach(
          hierarchy -> addMachines(hierarchy.resolve("omnirun").resolve(instance), found));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static void addMachines(Path parent, List<String> found) {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (Stream<Path> children = Files.list(parent)) {
      children.filter(Files::isDirectory).map(Path::toString).forEach(found::add);
    } catch (NoSuchFileException goneMeanwhile) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
