package io.omnirun.machine.launcher;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the launcher knows of its host.
 *
 * @param kvmNode {@code /dev/kvm} exists, which proves nothing
 * @param cpuVirtualization the CPU has {@code vmx} or {@code svm}
 * @param hardwareVersion of the machine that the launcher makes QEMU emulate: a snapshot fits only
 *     the same
 * @param network absent: no guest gets a link
 * @param networkProblem why not
 * @param firecracker absent: the launcher was not given one
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record HostInfo(
    Cgroup cgroup,
    boolean kvmNode,
    boolean cpuVirtualization,
    String qemuVersion,
    int hardwareVersion,
    String instance,
    @Nullable Network network,
    @Nullable String networkProblem,
    @Nullable Firecracker firecracker) {
  /** QEMU and all that its states depend on. */
  public String vmm() {
    return "qemu " + qemuVersion + " hardware " + hardwareVersion;
  }

  /**
   * The Firecracker that the launcher starts.
   *
   * @param memoryDirectory this server's, on a tmpfs
   * @param jailer the version of the jailer that starts it; absent: it runs in the launcher's walls
   *     alone
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Firecracker(
      String version, String snapshotVersion, String memoryDirectory, @Nullable String jailer) {}

  /**
   * @param version 1 or 2; 0: none usable
   * @param controllers those that limit machines
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Cgroup(int version, List<String> controllers) {}

  /**
   * Where the server's services for guests listen, which is known to be this host.
   *
   * @param guests what the guests' addresses are from
   * @param services the address of the services
   * @param resolver what guests have as their name server; a launcher that does not say it leads
   *     them to {@code services} alone
   * @param except networks that policies may open although no guest reaches their kind
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Network(
      String guests,
      String services,
      @Nullable String resolver,
      int dnsPort,
      int tlsPort,
      int httpPort,
      List<String> except) {}
}
