package io.omnirun.testkit.llm;

import java.io.OutputStream;

/** The fake provider as a process of its own, for benchmarks and by hand: prints its port. */
public final class FakeModelProviderMain {
  private FakeModelProviderMain() {}

  /** Argument: the port, none or 0 for a free one. It ends when its standard input does. */
  public static void main(String[] arguments) throws Exception {
    int port = arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]);
    try (FakeModelProvider provider = FakeModelProvider.start(port, 0)) {
      System.out.println(provider.port());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
