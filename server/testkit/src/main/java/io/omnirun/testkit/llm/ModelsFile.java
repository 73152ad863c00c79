package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file that a server of ours reads as {@code llm.config}, so that its models are a fake
 * provider's. In a directory of its own, with the key that the provider is to be shown.
 */
public record ModelsFile(Path path) implements AutoCloseable {
  /** What the server shows the provider instead of its callers' keys. */
  public static final String PROVIDER_KEY = "sk-of-the-operator";

  /** A model whose price is beyond every cap. */
  public static final String DEAR = "dear";

  private static final Map<String, Object> USUAL_PRICE = Map.of("prompt", 0.15, "completion", 0.6);
  private static final Map<String, Object> DEAR_PRICE =
      Map.of("prompt", 1_000, "completion", 1_000, "max-completion-tokens", 10_000_000);
  private static final int CAP_CENTS = 1_000_000;

  /**
   * Writes it where the service user can read it. The caller closes it.
   *
   * @param provider {@link FakeModelProvider#openAiUrl}
   * @param models each is the provider's model of the same name; {@link #DEAR} is added
   */
  public static ModelsFile write(URI provider, Collection<String> models) {
    try {
      Path directory = Files.createTempDirectory("models");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      Path key = Files.writeString(directory.resolve("key"), PROVIDER_KEY);
      Path file = directory.resolve("models.yaml");
      // JSON is YAML.
      new ObjectMapper().writeValue(file.toFile(), configuration(provider, key, models));
      return new ModelsFile(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> configuration(
      URI provider, Path key, Collection<String> models) {
    Map<String, Object> served = new LinkedHashMap<>();
    models.forEach(model -> served.put(model, served(model, USUAL_PRICE)));
    served.put(DEAR, served("text", DEAR_PRICE));
    return Map.of(
        "providers",
        Map.of(
            "fake",
            Map.of("kind", "openai", "url", provider.toString(), "key-file", key.toString())),
        "models",
        served,
        "cap",
        Map.of("cents", CAP_CENTS, "period", "month"));
  }

  private static Map<String, Object> served(String model, Map<String, Object> price) {
    return Map.of("routes", List.of(Map.of("provider", "fake", "model", model)), "price", price);
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(path.resolveSibling("key"));
      Files.deleteIfExists(path);
      Files.deleteIfExists(path.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
