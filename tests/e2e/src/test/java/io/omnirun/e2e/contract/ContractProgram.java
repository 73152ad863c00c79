package io.omnirun.e2e.contract;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.omnirun.model.MachineId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests of {@link QemuContract} and tells {@link ContractProcess} on its output what has
 * become of each. Whoever else prints does so on the errors.
 */
final class ContractProgram {
  private static final PrintStream MESSAGES = System.out;
  private static final BufferedReader ANSWERS =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  private ContractProgram() {}

  public static void main(String[] arguments) {
    System.setOut(System.err);
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(QemuContract.class))
                .build(),
            new Teller());
  }

  /** Has a machine's VMM killed by one who may, for it is another user's; returns when it is. */
  static void crash(MachineId machine) {
    tell(new ContractMessage(ContractMessage.Kind.CRASH, machine.value(), 0, ""));
    try {
      if (ANSWERS.readLine() == null) {
        throw new IllegalStateException("nobody is there to kill a machine");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void tell(ContractMessage message) {
    MESSAGES.println(message.line());
    MESSAGES.flush();
  }

  private static final class Teller implements TestExecutionListener {
    private long startedNanos;

    @Override
    public void executionStarted(TestIdentifier started) {
      startedNanos = System.nanoTime();
    }

    @Override
    public void executionFinished(TestIdentifier ended, TestExecutionResult result) {
      String failure = result.getThrowable().map(Teller::stack).orElse("");
      if (!(ended.getSource().orElse(null) instanceof MethodSource method)) {
        System.err.print(failure);
        return;
      }
      tell(
          new ContractMessage(
              result.getStatus() == TestExecutionResult.Status.SUCCESSFUL
                  ? ContractMessage.Kind.PASSED
                  : ContractMessage.Kind.FAILED,
              method.getMethodName(),
              TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos),
              failure));
    }

    private static String stack(Throwable failure) {
      StringWriter text = new StringWriter();
      failure.printStackTrace(new PrintWriter(text));
      return text.toString();
    }
  }
}
