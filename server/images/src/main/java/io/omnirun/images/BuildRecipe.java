package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/**
 * A template laid out as files for the build scripts: {@code provision-hook}, {@code image-hook},
 * {@code mark}, and under {@code inside} what goes into the root. Each value is a file of its own,
 * so that no script ever has one in its text.
 */
final class BuildRecipe {
  private static final int TITLE_CHARS = 60;

  private final Path directory;

  private BuildRecipe(Path directory) {
    this.directory = directory;
  }

  /**
   * Writes a recipe.
   *
   * @param mark begins the lines of output that announce a step
   */
  static BuildRecipe write(Path directory, Template template, String mark) throws IOException {
    BuildRecipe recipe = new BuildRecipe(directory);
    recipe.put("mark", mark);
    recipe.put("provision-hook", BuildScripts.PROVISION_HOOK);
    recipe.put("image-hook", BuildScripts.IMAGE_HOOK);
    recipe.put("inside/provision.sh", BuildScripts.PROVISION);
    for (int index = 0; index < template.users().size(); index++) {
      recipe.putUser(item("users", index), template.users().get(index));
    }
    for (int index = 0; index < template.files().size(); index++) {
      recipe.putFile(item("files", index), template.files().get(index));
    }
    for (int index = 0; index < template.commands().size(); index++) {
      recipe.putCommand(item("commands", index), index + 1, template.commands().get(index));
    }
    recipe.letEveryoneRead();
    return recipe;
  }

  /** Puts users, files and the work of commands into a root. */
  Path provisionHook() {
    return directory.resolve("provision-hook");
  }

  /** Makes the image of a root. */
  Path imageHook() {
    return directory.resolve("image-hook");
  }

  private void putUser(String item, TemplateUser user) throws IOException {
    put(item + "/title", "user " + user.name());
    put(item + "/name", user.name());
    put(item + "/uid", Integer.toString(user.uid()));
    put(item + "/home", user.home());
    put(item + "/shell", user.shell());
    if (user.passwordlessSudo()) {
      put(item + "/sudo", user.name() + " ALL=(ALL:ALL) NOPASSWD: ALL\n");
    }
  }

  private void putFile(String item, TemplateFile file) throws IOException {
    put(item + "/title", "file " + file.path());
    put(item + "/path", file.path());
    put(item + "/mode", "%04o".formatted(file.mode()));
    put(item + "/owner", file.owner());
    file.content().writeTo(directory.resolve(item + "/content"));
  }

  private void putCommand(String item, int number, String command) throws IOException {
    put(item + "/title", "command #%d `%s`".formatted(number, oneLine(command)));
    put(item + "/script", command + "\n");
  }

  private void put(String name, String content) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  /** The scripts run as the root of a user namespace, who is a stranger here. */
  private void letEveryoneRead() throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  private static String item(String kind, int index) {
    return "inside/%s/%03d".formatted(kind, index);
  }

  private static String oneLine(String command) {
    String whole = command.strip();
    String line = whole.lines().findFirst().orElse("");
    String shown = line.substring(0, Math.min(line.length(), TITLE_CHARS));
    return shown.equals(whole) ? shown : shown + "…";
  }
}
