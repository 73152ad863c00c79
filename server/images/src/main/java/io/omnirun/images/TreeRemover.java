package io.omnirun.images;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes directory trees, also those that hold files of the users of our user namespace: only a
 * process in such a namespace may remove these. Thread-safe.
 */
final class TreeRemover {
  private static final List<String> REMOVE = List.of("rm", "-rf", "--one-file-system", "--");
  private static final List<String> IN_NAMESPACE =
      List.of("unshare", "--map-root-user", "--map-auto", "--");

  private final ProcessRunner runner;

  TreeRemover(ProcessRunner runner) {
    this.runner = runner;
  }

  /**
   * Removes a tree, or nothing if there is none. Works on an interrupted thread too, which stays
   * so.
   */
  void remove(Path tree) throws ProgramFailedException {
    boolean interrupted = Thread.interrupted();
    try {
      removeAsWhoeverMay(tree);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void removeAsWhoeverMay(Path tree) throws ProgramFailedException {
    try {
      runner.run(removal(tree, List.of()));
    } catch (ProgramFailedException e) {
      try {
        runner.run(removal(tree, IN_NAMESPACE));
      } catch (ProgramFailedException inNamespace) {
        e.addSuppressed(inNamespace);
        throw e;
      }
    }
  }

  private static Program removal(Path tree, List<String> prefix) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(REMOVE);
    command.add(tree.toString());
    return Program.quick(command.toArray(String[]::new));
  }
}
