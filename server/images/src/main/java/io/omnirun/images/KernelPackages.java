package io.omnirun.images;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What we need of kernel packages, fetched once per version and kept apart from the agent, which
 * changes more often. Thread-safe.
 */
final class KernelPackages {
  /** Counts the ways this class has unpacked packages. */
  private static final String RECIPE = "1";

  /**
   * What the drivers of both VMMs and the guest's root file system need; what these need follows by
   * itself.
   */
  private static final List<String> WANTED_MODULES =
      List.of(
          "virtio_pci",
          "virtio_mmio",
          "virtio_console",
          "virtio_blk",
          "virtio_net",
          "virtio_rng",
          "virtio_balloon",
          "overlay",
          "vmw_vsock_virtio_transport");

  /**
   * Of the unpacked package, where module directories are, before and after Debian merged /lib into
   * /usr.
   */
  private static final List<String> MODULE_DIRECTORIES = List.of("lib/modules", "usr/lib/modules");

  private static final String ORDER_FILE = "modules.order";

  private final CacheShelf shelf;
  private final ProcessRunner runner;

  KernelPackages(CacheShelf shelf, ProcessRunner runner) {
    this.shelf = shelf;
    this.runner = runner;
  }

  /** The hash of all that goes into {@link #unpacked}. */
  static String hash(KernelPackage kernelPackage) {
    return new InputHash("kernel package")
        .add("recipe", RECIPE)
        .add("name", kernelPackage.exactName())
        .add("modules", WANTED_MODULES)
        .hex();
  }

  /**
   * A directory with what {@link #vmlinuz} and {@link #modules} find; fetched and unpacked when it
   * is missing.
   */
  Path unpacked(KernelPackage kernelPackage, BuildSteps steps) {
    String title = "fetch " + kernelPackage.exactName();
    return steps.run(
        title,
        () -> shelf.obtain(hash(kernelPackage), staging -> fill(staging, kernelPackage, steps)));
  }

  static Path vmlinuz(Path unpacked) {
    return unpacked.resolve("vmlinuz");
  }

  /** The modules in the order of insertion. */
  static List<Path> modules(Path unpacked) throws IOException {
    return Files.readAllLines(unpacked.resolve(ORDER_FILE)).stream()
        .map(unpacked::resolve)
        .toList();
  }

  private void fill(Path staging, KernelPackage kernelPackage, BuildSteps steps)
      throws IOException, ProgramFailedException {
    Path work = Files.createDirectory(staging.resolve("work"));
    runner.run(
        Program.slow(work, Map.of(), List.of("apt-get", "download", kernelPackage.exactName())),
        steps::line);
    Path tree = work.resolve("tree");
    Path archive = onlyMatch(work, "*.deb");
    steps.next("unpack " + kernelPackage.exactName());
    runner.run(Program.quick("dpkg-deb", "-x", archive.toString(), tree.toString()));
    Files.move(onlyMatch(tree.resolve("boot"), "vmlinuz-*"), vmlinuz(staging));
    keepModules(ModuleTree.of(moduleDirectory(tree), runner), staging);
    new TreeRemover(runner).remove(work);
  }

  private static void keepModules(ModuleTree modules, Path staging)
      throws IOException, ProgramFailedException {
    List<String> fileNames = new ArrayList<>();
    for (KernelModule module : modules.insertionOrder(WANTED_MODULES)) {
      String fileName = module.name() + ".ko";
      Files.move(module.file(), staging.resolve(fileName));
      fileNames.add(fileName);
    }
    Files.write(staging.resolve(ORDER_FILE), fileNames);
  }

  private static Path moduleDirectory(Path tree) throws IOException {
    for (String candidate : MODULE_DIRECTORIES) {
      if (Files.isDirectory(tree.resolve(candidate))) {
        return onlyMatch(tree.resolve(candidate), "*");
      }
    }
    throw new IOException("the kernel package has no modules");
  }

  private static Path onlyMatch(Path directory, String glob) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> matches = Files.newDirectoryStream(directory, glob)) {
      matches.forEach(found::add);
    }
    if (found.size() != 1) {
      throw new IOException(
          "expected one %s in the kernel package, found %d".formatted(glob, found.size()));
    }
    return found.getFirst();
  }
}
