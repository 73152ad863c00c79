package io.omnirun.rest;

import io.omnirun.core.ports.FileContent;
import io.omnirun.core.ports.FileRange;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.SizedAnswer;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Answers with the bytes of a guest's file, whole or a part, in pieces of bounded size. */
final class FileDownloads {
  /** The channel to a guest is fastest with hundreds of kilobytes at a time. */
  private static final int BUFFER_BYTES = 256 * 1024;

  private static final String ANY_BYTES = "application/octet-stream";

  private FileDownloads() {}

  static void answer(Exchange exchange, GuestFiles inGuest, FileTarget target) throws IOException {
    Optional<FileRange> range = RangeHeader.of(exchange);
    try (FileContent content = inGuest.open(target.path(), target.user(), range)) {
      exchange.sized(head(target, content), client -> copy(content.bytes(), client));
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.RANGE_NOT_SATISFIABLE) {
        long size = inGuest.stat(target.path(), target.user()).sizeBytes();
        exchange.setHeader("Content-Range", "bytes */" + size);
      }
      throw e;
    }
  }

  private static SizedAnswer head(FileTarget target, FileContent content) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Accept-Ranges", "bytes");
    headers.put("Content-Disposition", disposition(GuestNames.lastSegment(target.path())));
    // A page that a guest wrote must not run in a browser, whatever it looks like.
    headers.put("X-Content-Type-Options", "nosniff");
    content.contentRange().ifPresent(part -> headers.put("Content-Range", part));
    int status =
        content.contentRange().isPresent() ? HttpStatuses.PARTIAL_CONTENT : HttpStatuses.OK;
    return new SizedAnswer(status, ANY_BYTES, content.lengthBytes(), headers);
  }

  /** Both forms of RFC 6266: old clients read the first, in which only plain letters are safe. */
  static String disposition(String name) {
    String plain = name.replaceAll("[^A-Za-z0-9._ -]", "_");
    StringBuilder encoded = new StringBuilder();
    for (byte single : name.getBytes(StandardCharsets.UTF_8)) {
      boolean isPlain = Character.toString(single & 0xFF).matches("[A-Za-z0-9._-]");
      encoded.append(isPlain ? (char) single : "%%%02X".formatted(single));
    }
    return "attachment; filename=\"%s\"; filename*=UTF-8''%s".formatted(plain, encoded);
  }

  private static void copy(InputStream content, OutputStream client) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      client.write(buffer, 0, count);
    }
  }
}
