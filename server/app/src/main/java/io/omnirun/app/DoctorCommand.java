package io.omnirun.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code omnirun doctor}: what this host can do, and why; a line a finding. */
@Command(name = "doctor", description = "Say what this host can do, and why.")
final class DoctorCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    boolean usable = true;
    for (Finding finding : new HostExamination().findings()) {
      System.out.printf(
          "%-5s %-16s %s%n", finding.verdict().sign(), finding.subject(), finding.text());
      if (!finding.hint().isEmpty()) {
        System.out.printf("%-5s %-16s → %s%n", "", "", finding.hint());
      }
      usable &= finding.verdict() != Finding.Verdict.BROKEN;
    }
    System.out.println(usable ? "This host can run OmniRun." : "This host cannot run OmniRun yet.");
    return usable ? 0 : 1;
  }
}
