package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What the use cases know of a template.
 *
 * @param name its own name
 * @param aliases other names it answers to
 * @param sizes at least one; the first is the default
 * @param defaultTimeout the life of a sandbox whose caller named none
 * @param envs for every sandbox of it, below the caller's own
 * @param poolSize clones kept ready of the default size
 */
public record Template(
    String name,
    List<String> aliases,
    List<SizeClass> sizes,
    Duration defaultTimeout,
    Map<String, String> envs,
    int poolSize) {

  public Template {
    aliases = List.copyOf(aliases);
    sizes = List.copyOf(sizes);
    envs = Map.copyOf(envs);
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException("template " + name + " has no size");
    }
  }

  public SizeClass defaultSize() {
    return sizes.getFirst();
  }

  /**
   * The smallest size class that has at least so much of each; 0 asks for nothing.
   *
   * @throws OmniRunException SIZE_NOT_AVAILABLE if the largest is too small
   */
  public SizeClass sizeFor(int vcpus, int memoryMib, int diskMib) {
    if (defaultSize().covers(vcpus, memoryMib, diskMib)) {
      return defaultSize();
    }
    return sizes.stream()
        .filter(size -> size.covers(vcpus, memoryMib, diskMib))
        .min(
            Comparator.comparingInt(SizeClass::memoryMib)
                .thenComparingInt(SizeClass::vcpus)
                .thenComparingInt(SizeClass::diskMib))
        .orElseThrow(() -> tooLarge(vcpus, memoryMib, diskMib));
  }

  private OmniRunException tooLarge(int vcpus, int memoryMib, int diskMib) {
    return new OmniRunException(
        ErrorCode.SIZE_NOT_AVAILABLE,
        "template %s has no size with %d vCPUs, %d MB of memory and %d MB of disk; its sizes are %s"
            .formatted(name, vcpus, memoryMib, diskMib, sizesText()));
  }

  private String sizesText() {
    return String.join(
        ", ",
        sizes.stream()
            .map(
                size ->
                    "%d vCPU / %d MB / disk %d MB"
                        .formatted(size.vcpus(), size.memoryMib(), size.diskMib()))
            .toList());
  }
}
