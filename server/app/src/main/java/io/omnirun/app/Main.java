package io.omnirun.app;

import io.omnirun.machine.HostDetailException;
import io.omnirun.model.OmniRunException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The server's command line. */
@Command(
    name = "omnirun",
    mixinStandardHelpOptions = true,
    description = "Isolated virtual machines for AI agents, on hardware you own.",
    subcommands = {ServeCommand.class, BuildCommand.class, AdminCommand.class, DoctorCommand.class})
public final class Main {
  /** Ends the process with 0, 1 after a failure, or 2 after a wrong command line. */
  public static void main(String[] arguments) {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setExecutionExceptionHandler(Main::explain);
    System.exit(commandLine.execute(arguments));
  }

  private static int explain(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (failure instanceof OmniRunException known) {
      commandLine.getErr().println("omnirun: " + known.getMessage());
      if (known.getCause() != null) {
        commandLine.getErr().println("  because: " + HostDetailException.inFull(known.getCause()));
      }
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw failure;
  }
}
