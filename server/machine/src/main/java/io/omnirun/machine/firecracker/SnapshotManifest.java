package io.omnirun.machine.firecracker;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a snapshot was made with and of. Firecracker itself looks at little of it: a CPU of another
 * model it only warns of, and a base image it never compares.
 *
 * @param hash the snapshot's name
 * @param image hash of the base image
 * @param stateDigest SHA-256
 */
record SnapshotManifest(
    String form,
    String hash,
    String firecracker,
    String snapshotVersion,
    String cpu,
    String kernel,
    int vcpus,
    int memoryMib,
    int diskMib,
    String stateDigest,
    long memoryBytes,
    String image,
    long imageBytes,
    String imageModified) {
  private static final String FORM = "omnirun-firecracker-snapshot-1";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of files that are complete. */
  static SnapshotManifest of(
      String hash, FirecrackerHost host, SizeClass size, GoldenFiles files, BaseImageFile image)
      throws IOException {
    return new SnapshotManifest(
        FORM,
        hash,
        host.firecracker().version(),
        host.firecracker().snapshots(),
        host.cpu(),
        host.kernel(),
        size.vcpus(),
        size.memoryMib(),
        size.diskMib(),
        digest(files.state()),
        Files.size(files.memory()),
        image.hash(),
        Files.size(image.path()),
        Files.getLastModifiedTime(image.path()).toString());
  }

  void save(Path file) throws IOException {
    Files.write(file, JSON.writeValueAsBytes(this));
  }

  static SnapshotManifest load(Path file) throws IOException {
    SnapshotManifest read = JSON.readValue(Files.readAllBytes(file), SnapshotManifest.class);
    if (!FORM.equals(read.form())) {
      throw new IOException("the manifest of a snapshot is not in a form that this version knows");
    }
    return read;
  }

  /**
   * Sees that the snapshot can be restored here and is what was written.
   *
   * @throws OmniRunException TEMPLATE_NOT_READY, with what to do
   */
  void requireFits(String wanted, FirecrackerHost host, GoldenFiles files, Path imageFile)
      throws IOException {
    require(hash.equals(wanted), "it is that of another template", "");
    require(
        firecracker.equals(host.firecracker().version())
            && snapshotVersion.equals(host.firecracker().snapshots()),
        "it was made by Firecracker " + firecracker,
        host.firecracker().version());
    require(cpu.equals(host.cpu()), "it was made on a CPU " + cpu, host.cpu());
    require(kernel.equals(host.kernel()), "it was made under Linux " + kernel, host.kernel());
    require(
        Files.isRegularFile(files.memory()) && Files.size(files.memory()) == memoryBytes,
        "its memory file is not complete",
        "");
    require(
        Files.isRegularFile(files.state()) && digest(files.state()).equals(stateDigest),
        "its state file is not what was written",
        "");
    require(
        Files.isRegularFile(imageFile)
            && Files.size(imageFile) == imageBytes
            && Files.getLastModifiedTime(imageFile).toString().equals(imageModified),
        "its base image was changed after it was made",
        "");
  }

  private static void require(boolean condition, String reason, String here) {
    if (!condition) {
      String contrast = here.isEmpty() ? "" : " and here is " + here;
      throw new OmniRunException(
          ErrorCode.TEMPLATE_NOT_READY,
          "the template's golden snapshot cannot be used: %s%s; build the template again"
              .formatted(reason, contrast));
    }
  }

  private static String digest(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream input = new DigestInputStream(Files.newInputStream(file), digest)) {
        input.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "this Java has no SHA-256", e);
    }
  }
}
