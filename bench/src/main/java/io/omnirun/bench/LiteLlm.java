package io.omnirun.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.program.ProcessMemory;
import io.omnirun.testkit.server.Installation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * LiteLLM's proxy as {@code ./dev bench} has installed it, a process for each processor as its
 * documentation advises; with a key, and without a database: it counts no spending.
 */
record LiteLlm(Process process, int port, Path directory) implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  static final String NAME = "LiteLLM";
  private static final String KEY = "sk-bench";

  static boolean isInstalled() {
    return Files.isExecutable(program());
  }

  private static Path program() {
    return Installation.find().cache().resolve("litellm/bin/litellm");
  }

  static LiteLlm start(int provider, List<String> models) throws IOException {
    Path directory = Files.createTempDirectory("litellm");
    int port = Listeners.free(InetAddress.getLoopbackAddress()).getPort();
    Path file = directory.resolve("litellm.yaml");
    // JSON is YAML.
    new ObjectMapper().writeValue(file.toFile(), configuration(provider, models));
    ProcessBuilder builder =
        new ProcessBuilder(
                program().toString(),
                "--config",
                file.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--num_workers",
                Integer.toString(Runtime.getRuntime().availableProcessors()))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("litellm.log").toFile());
    // It would ask the network for prices.
    builder.environment().put("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    builder.environment().put("LITELLM_MODE", "PRODUCTION");
    builder.environment().put("LITELLM_LOG", "ERROR");
    LiteLlm started = new LiteLlm(builder.start(), port, directory);
    Awaitility.await().atMost(PATIENCE).until(() -> Listeners.takesConnections(started.address()));
    return started;
  }

  private static Map<String, Object> configuration(int provider, List<String> models) {
    return Map.of(
        "model_list",
        models.stream()
            .map(
                model ->
                    Map.of(
                        "model_name",
                        model,
                        "litellm_params",
                        Map.of(
                            "model",
                            "openai/" + model,
                            "api_base",
                            "http://127.0.0.1:" + provider + "/v1",
                            "api_key",
                            "nobody-asks")))
            .toList(),
        "general_settings",
        Map.of("master_key", KEY));
  }

  LlmPath path() {
    return new LlmPath(NAME, port, "/v1/chat/completions", KEY);
  }

  double residentMebibytes() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
            .mapToLong(one -> residentKib(one.pid()))
            .sum()
        / 1024.0;
  }

  private static long residentKib(long pid) {
    try {
      return ProcessMemory.residentKib(pid);
    } catch (IOException hasEnded) {
      return 0;
    }
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> workers = process.descendants().toList();
    process.destroy();
    process.onExit().join();
    workers.forEach(ProcessHandle::destroy);
    Files.deleteIfExists(directory.resolve("litellm.yaml"));
    Files.deleteIfExists(directory.resolve("litellm.log"));
    Files.deleteIfExists(directory);
  }
}
