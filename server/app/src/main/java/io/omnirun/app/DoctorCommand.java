package io.omnirun.app;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code omnirun doctor}: what this host can do, and why; a line a finding. */
@Command(name = "doctor", description = "Say what this host can do, and why.")
final class DoctorCommand implements Callable<Integer> {
  private static final String NO_PROBE = "no --probe was asked for";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration of a server: its directories are looked at.")
  private @Nullable Path configFile;

  @Option(
      names = "--probe",
      description = {
        "Run a guest under KVM if there is a /dev/kvm, whatever the CPU shows:",
        "in Firecracker where a server would, and in QEMU unless that one answers.",
        "Needs --config, that server's launcher and user, and that it does not run."
      })
  private boolean probe;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    boolean usable = true;
    for (Finding finding : findings()) {
      System.out.println(finding.line());
      usable &= finding.verdict() != Finding.Verdict.BROKEN;
    }
    System.out.println(
        usable
            ? "This host can run OmniRun."
            : "This host is not fit for OmniRun yet: see the problems.");
    return usable ? 0 : 1;
  }

  private List<Finding> findings() {
    if (configFile == null) {
      if (probe) {
        throw new ParameterException(requireNonNull(spec).commandLine(), "--probe needs --config");
      }
      return HostExamination.ofHost()
          .findings(
              Trial.notTried(NO_PROBE), VmmSight.withoutLauncher(), LinkSight.withoutLauncher());
    }
    ServerConfig config = ServerConfig.load(configFile);
    Trials trials = trials(config);
    return HostExamination.ofServer(config)
        .findings(trials.kvm(), VmmSight.of(config, trials.firecracker()), LinkSight.of(config));
  }

  private Trials trials(ServerConfig config) {
    if (!probe) {
      return Trials.none(NO_PROBE);
    }
    return KvmSight.nodeExists()
        ? new GuestTrial(config).run()
        : Trials.none("there is nothing to try it with");
  }
}
