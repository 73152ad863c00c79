package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Makes kernels with our initial RAM file system. Thread-safe. */
final class KernelBuilder {
  /** Counts the ways this class has put a kernel together. */
  private static final String RECIPE = "1";

  private final CacheShelf shelf;
  private final KernelMemory memory;
  private final KernelPackages packages;
  private final Path agent;

  /**
   * @param agent the static program that becomes {@code /init}; read at every call, since it may
   *     have been replaced
   */
  KernelBuilder(CacheShelf shelf, KernelMemory memory, KernelPackages packages, Path agent) {
    this.shelf = shelf;
    this.memory = memory;
    this.packages = packages;
    this.agent = agent;
  }

  /** The kernel of now, if it is there. */
  Optional<Kernel> find() {
    BuildSteps steps = new BuildSteps(BuildProgress.SILENT);
    KernelPackage newest = resolve(steps);
    String hash = hash(newest, steps);
    return shelf.find(hash).map(directory -> kernel(hash, newest, directory));
  }

  /** The kernel of now, built if it is missing. */
  Kernel build(BuildProgress progress) {
    BuildSteps steps = new BuildSteps(progress);
    KernelPackage newest = resolve(steps);
    String hash = hash(newest, steps);
    Optional<Path> finished = shelf.find(hash);
    if (finished.isPresent()) {
      return kernel(hash, newest, finished.get());
    }
    Path unpacked = packages.unpacked(newest, steps);
    Path directory =
        steps.run(
            "make initial RAM file system",
            () -> shelf.obtain(hash, staging -> fill(staging, unpacked, newest, hash)));
    return kernel(hash, newest, directory);
  }

  private KernelPackage resolve(BuildSteps steps) {
    return steps.run("find kernel package", memory::newest);
  }

  private String hash(KernelPackage kernelPackage, BuildSteps steps) {
    return steps.run("read agent", () -> hash(kernelPackage, agent));
  }

  private static String hash(KernelPackage kernelPackage, Path agent) throws IOException {
    return new InputHash("kernel")
        .add("recipe", RECIPE)
        .add("package", KernelPackages.hash(kernelPackage))
        .addContent("agent", agent)
        .hex();
  }

  private void fill(Path staging, Path unpacked, KernelPackage kernelPackage, String hash)
      throws IOException {
    Path agentNow = Files.copy(agent, staging.resolve("agent"));
    if (!hash(kernelPackage, agentNow).equals(hash)) {
      throw new IOException("the agent was replaced during the build; build again");
    }
    Files.copy(KernelPackages.vmlinuz(unpacked), staging.resolve("vmlinuz"));
    Initramfs.write(staging.resolve("initrd"), agentNow, KernelPackages.modules(unpacked));
    Files.delete(agentNow);
  }

  private static Kernel kernel(String hash, KernelPackage kernelPackage, Path directory) {
    return new Kernel(
        hash, kernelPackage.version(), directory.resolve("vmlinuz"), directory.resolve("initrd"));
  }
}
