package io.omnirun.bench;

import io.omnirun.testkit.llm.FakeModelProviderMain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The fake provider as a process of its own. */
record LlmProvider(Process process, int port) implements AutoCloseable {
  static LlmProvider start() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                FakeModelProviderMain.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new LlmProvider(
        process, Integer.parseInt(process.inputReader(StandardCharsets.US_ASCII).readLine()));
  }

  LlmPath path() {
    return new LlmPath("direct", port, "/v1/chat/completions", "nobody-asks");
  }

  @Override
  public void close() {
    process.destroy();
  }
}
