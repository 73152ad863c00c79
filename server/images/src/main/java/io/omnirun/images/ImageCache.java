package io.omnirun.images;

import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What machines boot from, made when it is first asked for and kept for ever under the hash of its
 * inputs. Thread-safe, and safe beside other processes on the same directory: a thing is there
 * whole or not at all.
 *
 * <p>Every method may run programs and block: the makers for minutes and longer while another build
 * is at work, the questions for a second or two when apt knows new packages. All throw {@link
 * OmniRunException}: TEMPLATE_BUILD_FAILED with the step and the end of its output, or NO_SPACE. An
 * interrupt ends a build, leaves nothing half made, and stays set.
 */
public final class ImageCache {
  private final KernelBuilder kernels;
  private final RootFileSystemBuilder rootFileSystems;
  private final BlankDisk blankDisk;
  private final UncompressedKernels uncompressedKernels;

  /**
   * @param cacheDirectory made when it is missing; {@code kernels/<hash>/} and {@code
   *     images/<hash>/} appear in it. The users of our user namespace must be able to pass through
   *     the directories above it
   * @param agentBinary the static guest agent
   */
  public ImageCache(Path cacheDirectory, Path agentBinary) {
    Path root = cacheDirectory.toAbsolutePath().normalize();
    ProcessRunner runner = new ProcessRunner();
    TreeRemover remover = new TreeRemover(runner);
    KernelPackages packages =
        new KernelPackages(new CacheShelf(root.resolve("kernel-packages"), remover), runner);
    this.kernels =
        new KernelBuilder(
            new CacheShelf(root.resolve("kernels"), remover),
            new KernelMemory(
                root.resolve("kernel-package"),
                AptState.ofThisHost(),
                () -> KernelPackage.newest(runner)),
            packages,
            agentBinary.toAbsolutePath());
    this.rootFileSystems =
        new RootFileSystemBuilder(new CacheShelf(root.resolve("images"), remover), runner);
    this.blankDisk = new BlankDisk(runner);
    this.uncompressedKernels =
        new UncompressedKernels(new CacheShelf(root.resolve("kernels-uncompressed"), remover));
  }

  /** The kernel of the newest package this host knows, with the agent as it is now. */
  public Kernel kernel(BuildProgress progress) {
    return kernels.build(progress);
  }

  /** What {@link #kernel} would find made. */
  public Optional<Kernel> findKernel() {
    return kernels.find();
  }

  /**
   * A kernel as an ELF file, for VMMs that boot no bzImage; takes a second the first time.
   *
   * @param vmlinuz a bzImage for x86-64 whose payload is compressed with gzip, xz, LZ4 or zstd
   */
  public Path uncompressed(Path vmlinuz, BuildProgress progress) {
    return uncompressedKernels.of(vmlinuz, progress);
  }

  /** The base image of a template. */
  public BaseImage baseImage(Template template, BuildProgress progress) {
    return rootFileSystems.build(template, progress);
  }

  /** What {@link #baseImage} would find made. */
  public Optional<BaseImage> findBaseImage(Template template) {
    return rootFileSystems.find(template);
  }

  /**
   * Makes an empty writable ext4 disk in a sparse file; takes milliseconds.
   *
   * @param target where nothing is yet; in a directory that exists
   */
  public void makeBlankDisk(Path target, int sizeMib, BuildProgress progress) {
    blankDisk.create(target, sizeMib, progress);
  }
}
