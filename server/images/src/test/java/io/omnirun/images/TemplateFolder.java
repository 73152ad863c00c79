package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes template folders for tests. */
final class TemplateFolder {
  /** The least that a template needs. */
  static final String MINIMAL =
      """
      description: a test
      base: bookworm
      sizes: [{vcpus: 1, memoryMib: 256}]
      diskMib: 1024
      defaultTimeoutSeconds: 300
      """;

  private TemplateFolder() {}

  /** Writes {@code <parent>/<name>/template.yaml} with the name and these lines. */
  static Path write(Path parent, String name, String lines) throws IOException {
    Path folder = Files.createDirectories(parent.resolve(name));
    Files.writeString(folder.resolve("template.yaml"), "name: " + name + "\n" + lines);
    return folder;
  }
}
