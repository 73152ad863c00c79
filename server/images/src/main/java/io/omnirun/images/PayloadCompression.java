package io.omnirun.images;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * How the kernel within a bzImage is compressed, told by its first bytes as Linux's own {@code
 * scripts/extract-vmlinux} does.
 */
enum PayloadCompression {
  GZIP("1f8b08", GZIPInputStream::new),
  /** Linux's builds ask for dictionaries up to 128 MiB (scripts/xz_wrap.sh). */
  XZ(
      "fd377a585a00",
      compressed -> new XZCompressorInputStream(compressed, false, Limits.XZ_MEMORY_KIB)),
  LZ4("02214c18", LegacyLz4InputStream::new),
  ZSTD("28b52ffd", ZstdCompressorInputStream::new);

  /** Of an enum's constants, which cannot name constants of their own class that come later. */
  private static final class Limits {
    static final int XZ_MEMORY_KIB = 192 * 1024;
  }

  /** Makes a stream of what was compressed. */
  private interface Opener {
    InputStream open(InputStream compressed) throws IOException;
  }

  private final byte[] magic;
  private final Opener opener;

  PayloadCompression(String magic, Opener opener) {
    this.magic = HexFormat.of().parseHex(magic);
    this.opener = opener;
  }

  /** The kernel proper, which the caller bounds and closes. */
  static InputStream open(BzImage image) throws IOException {
    byte[] payload = image.payload();
    PayloadCompression found =
        of(payload)
            .orElseThrow(
                () ->
                    new IOException(
                        "the kernel is compressed in a way that is none of "
                            + Arrays.toString(values())));
    return found.opener.open(new ByteArrayInputStream(payload, 0, found.length(payload)));
  }

  private static Optional<PayloadCompression> of(byte[] payload) {
    return Stream.of(values()).filter(each -> each.begins(payload)).findFirst();
  }

  private boolean begins(byte[] payload) {
    return payload.length >= magic.length
        && Arrays.equals(payload, 0, magic.length, magic, 0, magic.length);
  }

  /** The size at the end is gzip's own; after the others kernel builds have appended it. */
  private int length(byte[] payload) {
    return this == GZIP ? payload.length : payload.length - Integer.BYTES;
  }
}
