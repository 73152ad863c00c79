package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes the base image of a template: mmdebstrap fills a directory in a user namespace, the recipe
 * is worked off in it, mke2fs makes it an ext4 image. Thread-safe.
 *
 * <p>The versions of the packages are those of the day of the build; they are no input.
 */
final class RootFileSystemBuilder {
  /** Counts the ways this class has built; the scripts and options count by themselves. */
  private static final String RECIPE = "1";

  /**
   * Packages without documentation, which nobody reads in a sandbox, and without what is only
   * recommended.
   */
  private static final List<String> OPTIONS =
      List.of(
          "--variant=minbase",
          "--format=null",
          // The recipe cleans up itself, and before the image is made.
          "--skip=cleanup",
          "--aptopt=Apt::Install-Recommends \"false\"",
          "--dpkgopt=path-exclude=/usr/share/man/*",
          "--dpkgopt=path-exclude=/usr/share/info/*",
          "--dpkgopt=path-exclude=/usr/share/doc/*",
          "--dpkgopt=path-include=/usr/share/doc/*/copyright",
          "--dpkgopt=path-exclude=/usr/share/locale/*");

  private final CacheShelf shelf;
  private final ProcessRunner runner;

  RootFileSystemBuilder(CacheShelf shelf, ProcessRunner runner) {
    this.shelf = shelf;
    this.runner = runner;
  }

  /** The image of a template, if it is there. */
  Optional<BaseImage> find(Template template) {
    String hash = hash(template);
    return shelf.find(hash).map(directory -> image(hash, directory));
  }

  /** The image of a template, built if it is missing. */
  BaseImage build(Template template, BuildProgress progress) {
    String hash = hash(template);
    Optional<Path> finished = shelf.find(hash);
    if (finished.isPresent()) {
      return image(hash, finished.get());
    }
    BuildSteps steps = new BuildSteps(progress);
    Path directory =
        steps.run("packages", () -> shelf.obtain(hash, staging -> fill(staging, template, steps)));
    return image(hash, directory);
  }

  /** The hash of all that goes into a template's image. */
  static String hash(Template template) {
    InputHash hash =
        new InputHash("base image")
            .add("recipe", RECIPE)
            .add("options", OPTIONS)
            .add("provision hook", BuildScripts.PROVISION_HOOK)
            .add("provision", BuildScripts.PROVISION)
            .add("image hook", BuildScripts.IMAGE_HOOK)
            .add("base", template.base())
            .add("packages", template.packages())
            .add("users", template.users().stream().map(TemplateUser::toString).toList())
            .add("commands", template.commands());
    for (TemplateFile file : template.files()) {
      hash.add("path", file.path())
          .add("mode", Integer.toOctalString(file.mode()))
          .add("owner", file.owner())
          .add("content", file.content().bytes());
    }
    return hash.hex();
  }

  private void fill(Path staging, Template template, BuildSteps steps)
      throws IOException, ProgramFailedException {
    String mark = "step-" + UUID.randomUUID() + ":";
    Path workspace = Files.createDirectory(staging.resolve("tmp"));
    setPermissions(workspace, "rwxr-xr-x");
    setPermissions(Files.createDirectory(staging.resolve("view")), "rwxr-xr-x");
    Path image = imagePath(staging);
    // The builder is another user on this side of its namespace; nobody else finds the way here.
    setPermissions(Files.createFile(image), "rw-rw-rw-");
    BuildRecipe recipe = BuildRecipe.write(staging.resolve("recipe"), template, mark);

    runner.run(
        Program.slow(workspace, Map.of("TMPDIR", workspace.toString()), command(template, recipe)),
        line -> report(line, mark + " ", steps));

    setPermissions(image, "r--r--r--");
    TreeRemover remover = new TreeRemover(runner);
    for (String leftover : List.of("tmp", "view", "recipe")) {
      remover.remove(staging.resolve(leftover));
    }
  }

  private static List<String> command(Template template, BuildRecipe recipe) {
    List<String> command = new ArrayList<>();
    command.add("mmdebstrap");
    command.add("--mode=" + (isRoot() ? "root" : "unshare"));
    command.addAll(OPTIONS);
    if (!template.packages().isEmpty()) {
      command.add("--include=" + String.join(",", template.packages()));
    }
    command.add("--customize-hook=" + recipe.provisionHook());
    command.add("--customize-hook=" + recipe.imageHook());
    command.add(template.base());
    command.add("/dev/null");
    return command;
  }

  private static void report(String line, String stepPrefix, BuildSteps steps) {
    if (line.startsWith(stepPrefix)) {
      steps.next(line.substring(stepPrefix.length()));
    } else {
      steps.line(line);
    }
  }

  /** Root has no subordinate users, and needs none. */
  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static void setPermissions(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static Path imagePath(Path directory) {
    return directory.resolve("base.img");
  }

  private static BaseImage image(String hash, Path directory) {
    Path path = imagePath(directory);
    return new BaseImage(hash, path, path.toFile().length());
  }
}
