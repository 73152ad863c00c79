package io.omnirun.http;

import io.omnirun.http.FormEvents.Event;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;

/**
 * The parts of a body of {@code multipart/form-data} (RFC 7578), one after the other as they
 * arrive: nothing of them is kept. Reads block for the client and throw what those of the body do,
 * and {@link RefusedBodyException} for what is no such form. Not thread-safe.
 */
public final class MultipartForm {
  /** Forms of the API have three; a client may add some of its own. */
  static final int MAX_PARTS = 64;

  /** A name and a file name of Linux' longest path, and a type. */
  private static final int MAX_PART_HEADER_BYTES = 16 * 1024;

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final String MEDIA_TYPE = "multipart/form-data";

  private final InputStream body;
  private final FormEvents events = new FormEvents();
  private final MultiPart.Parser parser;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private ByteBuffer data = ByteBuffer.allocate(0);
  private boolean inPart;

  private MultipartForm(InputStream body, String boundary) {
    this.body = body;
    this.parser = new MultiPart.Parser(boundary, events);
    parser.setMaxParts(MAX_PARTS);
    parser.setPartHeadersMaxLength(MAX_PART_HEADER_BYTES);
  }

  /**
   * @param contentTypes the values of that header
   * @throws OmniRunException UNSUPPORTED_MEDIA_TYPE, or INVALID_REQUEST if there is no boundary
   */
  static MultipartForm of(InputStream body, List<String> contentTypes) {
    String type = contentTypes.isEmpty() ? "" : contentTypes.getFirst();
    if (!type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(MEDIA_TYPE)) {
      throw new OmniRunException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "this route takes a form: send Content-Type: multipart/form-data; boundary=…");
    }
    String boundary = MultiPart.extractBoundary(type);
    if (boundary == null || boundary.isEmpty()) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST, "the form's Content-Type has no boundary");
    }
    return new MultipartForm(body, boundary);
  }

  /** The next part; what is left of the one before is read over. Empty at the end of the body. */
  public Optional<FormPart> next() throws IOException {
    while (inPart) {
      data.position(data.limit());
      advance();
    }
    return switch (nextEvent()) {
      case Event.Begin begin -> Optional.of(part(begin));
      case Event.Complete _ -> Optional.empty();
      case Event.Data _, Event.End _ -> throw new IllegalStateException("no part has begun");
    };
  }

  private FormPart part(Event.Begin begin) throws RefusedBodyException {
    FormDisposition disposition = FormDisposition.parse(begin.disposition());
    inPart = true;
    return new FormPart(disposition.name(), disposition.fileName(), new PartContent());
  }

  /** Within a part: to its next bytes or its end. */
  private void advance() throws IOException {
    switch (nextEvent()) {
      case Event.Data next -> data = next.bytes();
      case Event.End _ -> inPart = false;
      case Event.Begin _, Event.Complete _ ->
          throw new IllegalStateException("the part has not ended");
    }
  }

  private Event nextEvent() throws IOException {
    Optional<Event> event = events.poll();
    while (event.isEmpty()) {
      if (events.failure().isPresent()) {
        throw broken(events.failure().get());
      }
      parseMore();
      event = events.poll();
    }
    return event.get();
  }

  /** The buffer is free again: all that was found in it has been polled and read. */
  private void parseMore() throws IOException {
    int count = body.read(buffer);
    parser.parse(
        count < 0
            ? Content.Chunk.EOF
            : Content.Chunk.from(ByteBuffer.wrap(buffer, 0, count), false));
  }

  private static RefusedBodyException broken(Throwable cause) {
    return new RefusedBodyException(
        new OmniRunException(
            ErrorCode.INVALID_REQUEST,
            "the body is no proper multipart/form-data: "
                + ShownText.shortened(String.valueOf(cause.getMessage())),
            cause));
  }

  /** The content of the part that was given last. */
  private final class PartContent extends InputStream {
    private boolean ended;

    @Override
    public int read() throws IOException {
      byte[] single = new byte[1];
      return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (!ended && !data.hasRemaining()) {
        advance();
        ended = !inPart;
      }
      if (ended) {
        return -1;
      }
      int count = Math.min(length, data.remaining());
      data.get(target, offset, count);
      return count;
    }
  }
}
