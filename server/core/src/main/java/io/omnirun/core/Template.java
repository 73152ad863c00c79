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
   * The smallest size class that has at least so much of both; 0 asks for nothing.
   *
   * @throws OmniRunException SIZE_NOT_AVAILABLE if the largest is too small
   */
  public SizeClass sizeFor(int vcpus, int memoryMib) {
    if (defaultSize().covers(vcpus, memoryMib)) {
      return defaultSize();
    }
    return sizes.stream()
        .filter(size -> size.covers(vcpus, memoryMib))
        .min(Comparator.comparingInt(SizeClass::memoryMib).thenComparingInt(SizeClass::vcpus))
        .orElseThrow(() -> tooLarge(vcpus, memoryMib));
  }

  private OmniRunException tooLarge(int vcpus, int memoryMib) {
    return new OmniRunException(
        ErrorCode.SIZE_NOT_AVAILABLE,
        "template %s has no size with %d vCPUs and %d MB; its sizes are %s"
            .formatted(name, vcpus, memoryMib, sizesText()));
  }

  private String sizesText() {
    return String.join(
        ", ",
        sizes.stream().map(size -> size.vcpus() + " vCPU / " + size.memoryMib() + " MB").toList());
  }
}
