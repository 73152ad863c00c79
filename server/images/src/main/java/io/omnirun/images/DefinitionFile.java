package io.omnirun.images;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the YAML files of the template folder and what lies beside them; bounded. */
final class DefinitionFile {
  /** A definition is written by hand; a larger file is a mistake. */
  private static final int MAX_FILE_BYTES = 512 * 1024;

  /**
   * Files come with the definition, in memory; anything larger belongs into a package or a
   * download.
   */
  private static final int MAX_SOURCE_BYTES = 4 * 1024 * 1024;

  private static final ObjectMapper YAML =
      new YAMLMapper(new YAMLFactory())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private DefinitionFile() {}

  /** Reads {@code <folder>/<fileName>}; any mistake is a TEMPLATE_INVALID that names the file. */
  static YamlMapping read(Path folder, String fileName) {
    String displayName = folder.getFileName() + "/" + fileName;
    return new YamlMapping(displayName, "", readYaml(folder.resolve(fileName), displayName));
  }

  /** Reads a file that a definition puts into the image. */
  static FileContent content(Path source) {
    try {
      return FileContent.of(readBounded(source, MAX_SOURCE_BYTES));
    } catch (IOException e) {
      throw unreadable(source.toString(), e);
    }
  }

  private static JsonNode readYaml(Path file, String displayName) {
    try {
      return YAML.readTree(readBounded(file, MAX_FILE_BYTES));
    } catch (JacksonException e) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_INVALID,
          "%s is not YAML: %s".formatted(displayName, e.getMessage()),
          e);
    } catch (IOException e) {
      throw unreadable(displayName, e);
    }
  }

  private static byte[] readBounded(Path file, int maxBytes) throws IOException {
    try (var input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new IOException("it has more than " + maxBytes + " bytes");
      }
      return bytes;
    }
  }

  private static OmniRunException unreadable(String fileName, IOException cause) {
    return new OmniRunException(
        ErrorCode.TEMPLATE_INVALID, "%s cannot be read: %s".formatted(fileName, cause), cause);
  }
}
