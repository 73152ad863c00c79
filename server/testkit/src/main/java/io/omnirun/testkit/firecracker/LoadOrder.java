package io.omnirun.testkit.firecracker;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code PUT /snapshot/load} asks for, with the fields that the fake's version has.
 *
 * @param vsock in place of the path in the snapshot
 */
record LoadOrder(
    Path state, Path memory, boolean resume, Optional<String> vsock, boolean deprecated) {
  static LoadOrder of(Fields fields, FakeOptions options) throws Refusal {
    Path state = options.places().file(fields.text("snapshot_path"));
    boolean deprecated = fields.has("mem_file_path");
    String memory = deprecated ? fields.text("mem_file_path") : backend(fields);
    boolean resume = fields.flag("resume_vm");
    if (options.isAtLeast(1, 13)) {
      fields.flag("track_dirty_pages");
    }
    Optional<String> vsock = Optional.empty();
    if (options.isAtLeast(1, 16)) {
      Optional<Fields> override = fields.object("vsock_override");
      vsock = override.isPresent() ? override.get().optionalText("uds_path") : Optional.empty();
    }
    fields.end();
    return new LoadOrder(state, options.places().file(memory), resume, vsock, deprecated);
  }

  private static String backend(Fields fields) throws Refusal {
    Fields backend =
        fields
            .object("mem_backend")
            .orElseThrow(
                () ->
                    new Refusal(
                        "An error occurred when deserializing the json body of a request: missing"
                            + " field: either `mem_backend` or `mem_file_path` is required at line"
                            + " 1 column 1."));
    backend.choice("backend_type", List.of("File", "Uffd"));
    String path = backend.text("backend_path");
    backend.end();
    return path;
  }

  List<String> vsockPaths(Configuration stored) throws Refusal {
    if (vsock.isPresent() && stored.vsockPath.isEmpty()) {
      throw new Refusal(
          "Load snapshot error: Failed to restore from snapshot: Failed to build microVM from"
              + " snapshot: Unknown Vsock Device.");
    }
    return vsock.map(List::of).orElse(stored.vsockPath);
  }
}
