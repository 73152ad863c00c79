package io.omnirun.http;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/** What Jetty's parser finds in a piece of a form, in order. Used by one thread. */
final class FormEvents implements MultiPart.Parser.Listener {
  /** What was found. */
  sealed interface Event {
    /** A part begins; its Content-Disposition, which is empty if it has none. */
    record Begin(String disposition) implements Event {}

    /** Some of the part's content; good until the next piece is parsed. */
    record Data(ByteBuffer bytes) implements Event {}

    /** The part has ended. */
    record End() implements Event {}

    /** The form has ended, and so has the body. */
    record Complete() implements Event {}
  }

  private final Queue<Event> found = new ArrayDeque<>();
  private String disposition = "";
  private @Nullable Throwable failure;

  Optional<Event> poll() {
    return Optional.ofNullable(found.poll());
  }

  /** Why nothing more is found; empty if the form is in order so far. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public void onPartBegin() {
    disposition = "";
  }

  @Override
  public void onPartHeader(String name, String value) {
    if (HttpHeader.CONTENT_DISPOSITION.is(name)) {
      disposition = value;
    }
  }

  @Override
  public void onPartHeaders() {
    found.add(new Event.Begin(disposition));
  }

  @Override
  public void onPartContent(Content.Chunk chunk) {
    if (chunk.hasRemaining()) {
      found.add(new Event.Data(chunk.getByteBuffer().slice()));
    }
  }

  @Override
  public void onPartEnd() {
    found.add(new Event.End());
  }

  @Override
  public void onComplete() {
    found.add(new Event.Complete());
  }

  @Override
  public void onFailure(Throwable cause) {
    failure = cause;
  }
}
