package io.omnirun.e2e;

import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Shows the end of the server's log beside the failure of a test: it is gone with the server. */
final class LogOfFailure
    implements TestExecutionExceptionHandler, LifecycleMethodExecutionExceptionHandler {
  private static final int SHOWN_CHARACTERS = 16_384;

  private final Supplier<String> log;

  LogOfFailure(Supplier<String> log) {
    this.log = log;
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    show(context);
    throw failure;
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    show(context);
    throw failure;
  }

  private void show(ExtensionContext context) {
    String all = log.get();
    System.err.println("The server's log at the failure of " + context.getDisplayName() + ":");
    System.err.println(all.substring(Math.max(0, all.length() - SHOWN_CHARACTERS)));
  }
}
