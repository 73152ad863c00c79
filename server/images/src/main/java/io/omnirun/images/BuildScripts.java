package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The scripts of the root file system's build; resources beside this class. */
final class BuildScripts {
  static final String PROVISION_HOOK = read("provision-hook.sh");
  static final String PROVISION = read("provision.sh");
  static final String IMAGE_HOOK = read("image-hook.sh");

  private BuildScripts() {}

  private static String read(String name) {
    try (InputStream resource = BuildScripts.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException("the program was packed without " + name);
      }
      return new String(resource.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own " + name + " cannot be read", e);
    }
  }
}
