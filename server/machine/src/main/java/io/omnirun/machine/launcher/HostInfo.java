package io.omnirun.machine.launcher;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * What the launcher knows of its host.
 *
 * @param kvmNode {@code /dev/kvm} exists, which proves nothing
 * @param cpuVirtualization the CPU has {@code vmx} or {@code svm}
 * @param hardwareVersion of the machine that the launcher makes QEMU emulate: a snapshot fits only
 *     the same
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record HostInfo(
    Cgroup cgroup,
    boolean kvmNode,
    boolean cpuVirtualization,
    String qemuVersion,
    int hardwareVersion,
    String instance) {

  /**
   * @param version 1 or 2; 0: none usable
   * @param controllers those that limit machines
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Cgroup(int version, List<String> controllers) {}
}
