package io.omnirun.app;

import io.omnirun.machine.qemu.AcceleratorChoice;
import io.omnirun.model.Accelerator;
import io.omnirun.model.Vmm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What was seen of KVM on a host, and what follows from it.
 *
 * @param cpuFlag {@code vmx} or {@code svm} stands in /proc/cpuinfo
 * @param node /dev/kvm exists, which proves nothing: software hypervisors have it too, and hang or
 *     kill a stock kernel
 */
record KvmSight(boolean cpuFlag, boolean node, Trial trial) {
  private static final String OTHER_HOST =
      "run on bare metal or turn nested virtualisation on; everything works without, slower";
  private static final String SLOWER = "; guests run about ten times slower than under KVM";

  private static final Path NODE = Path.of("/dev/kvm");
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Looks at this host. */
  static KvmSight withTrial(Trial trial) {
    boolean cpuFlag =
        HostFiles.lines(CPU_INFO).stream()
            .filter(line -> line.startsWith("flags"))
            .anyMatch(line -> line.matches(".*\\b(vmx|svm)\\b.*"));
    return new KvmSight(cpuFlag, nodeExists(), trial);
  }

  static boolean nodeExists() {
    return Files.exists(NODE);
  }

  Finding kvm() {
    return switch (trial.outcome()) {
      case ANSWERED -> answered();
      case FAILED ->
          Finding.worse("kvm", "not usable: " + evidence() + ", but " + trial.text(), OTHER_HOST);
      case NOT_TRIED -> notTried();
    };
  }

  private Finding answered() {
    String text = "usable: " + evidence() + ", and " + trial.text();
    return cpuFlag || trial.vmm() == Vmm.FIRECRACKER
        ? Finding.good("kvm", text)
        : Finding.worse("kvm", text, "set vmm.accelerator=kvm: by itself a server wants the flag");
  }

  private Finding notTried() {
    if (!node) {
      return Finding.worse(
          "kvm",
          "not there: " + evidence(),
          "load the kvm module, or run on a host that has it; everything works without, slower");
    }
    String untried = evidence() + "; no guest was tried: " + trial.text();
    return cpuFlag
        ? Finding.worse("kvm", "not proved: " + untried, "omnirun doctor --probe tries one")
        : Finding.worse("kvm", "not used: " + untried, OTHER_HOST);
  }

  private String evidence() {
    return "%s /dev/kvm, %s in /proc/cpuinfo"
        .formatted(node ? "there is a" : "no", cpuFlag ? "vmx or svm" : "neither vmx nor svm");
  }

  /**
   * What a server on this host runs machines under.
   *
   * @param configured the value of {@code vmm.accelerator}
   */
  Finding accelerator(String configured) {
    return switch (configured) {
      case "kvm" -> kvmByConfiguration();
      case "tcg" ->
          Finding.worse(
              "accelerator", "TCG: the configuration says so" + SLOWER, "set vmm.accelerator=auto");
      default ->
          inFirecracker()
              .or(() -> AcceleratorChoice.withoutTrying(cpuFlag, node))
              .or(this::tried)
              .map(KvmSight::finding)
              .orElseGet(
                  () ->
                      Finding.worse(
                          "accelerator",
                          "KVM if a guest under it answers when the server starts, else TCG",
                          "omnirun doctor --probe tries one now"));
    };
  }

  private Finding kvmByConfiguration() {
    return trial.outcome() == Trial.Outcome.FAILED || !node
        ? Finding.broken(
            "accelerator",
            "KVM: the configuration says so, but it is not usable",
            "set vmm.accelerator=auto")
        : Finding.good("accelerator", "KVM: the configuration says so");
  }

  /** That decides, whatever QEMU would be thought fit for. */
  private Optional<AcceleratorChoice> inFirecracker() {
    return trial.answered() && trial.vmm() == Vmm.FIRECRACKER
        ? Optional.of(new AcceleratorChoice(Accelerator.KVM, trial.text()))
        : Optional.empty();
  }

  private Optional<AcceleratorChoice> tried() {
    return switch (trial.outcome()) {
      case ANSWERED -> Optional.of(new AcceleratorChoice(Accelerator.KVM, trial.text()));
      case FAILED -> Optional.of(new AcceleratorChoice(Accelerator.TCG, trial.text()));
      case NOT_TRIED -> Optional.empty();
    };
  }

  private static Finding finding(AcceleratorChoice choice) {
    String text = choice.accelerator() + ": " + choice.reason();
    return switch (choice.accelerator()) {
      case KVM -> Finding.good("accelerator", text);
      case TCG -> Finding.worse("accelerator", text + SLOWER, "see kvm");
    };
  }
}
