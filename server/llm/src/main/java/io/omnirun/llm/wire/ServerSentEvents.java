package io.omnirun.llm.wire;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Splits what a provider sends into events, without copying: an event is what ends with an empty
 * line. Lines end with a line feed, a carriage return, or both (HTML Living Standard, 9.2.6). Not
 * thread-safe.
 */
public final class ServerSentEvents {
  /** Events of models have some hundred bytes; one that is longer holds a picture, or is none. */
  public static final int MAX_EVENT_BYTES = 4 * 1024 * 1024;

  private static final int FIRST_CAPACITY = 4 * 1024;

  /** Takes events. */
  @FunctionalInterface
  public interface Listener {
    /** Takes one, whose bytes are good until this returns. */
    void event(ServerSentEvent event) throws IOException;
  }

  private final InputStream input;
  private byte[] buffer = new byte[FIRST_CAPACITY];
  private int start;
  private int scanned;
  private int end;
  private boolean lineIsEmpty = true;

  public ServerSentEvents(InputStream input) {
    this.input = input;
  }

  /**
   * Waits for bytes and hands over every event that is whole then, as parts of a buffer that is
   * used again. What stands behind the last empty line, when the stream ends, is an event, too.
   *
   * @return false when the stream has ended
   * @throws IOException if an event is longer than {@link #MAX_EVENT_BYTES}, the stream breaks, or
   *     {@code events} throws
   */
  public boolean read(Listener events) throws IOException {
    makeRoom();
    int count = input.read(buffer, end, buffer.length - end);
    if (count < 0) {
      if (end > start) {
        events.event(new ServerSentEvent(buffer, start, end));
        start = end;
      }
      return false;
    }
    end += count;
    split(events);
    return true;
  }

  private void split(Listener events) throws IOException {
    while (scanned < end) {
      byte next = buffer[scanned];
      boolean isFeedOfPair = next == '\n' && scanned > 0 && buffer[scanned - 1] == '\r';
      scanned++;
      if (isFeedOfPair) {
        absorbFeed();
      } else if (next == '\n' || next == '\r') {
        endLine(events);
      } else {
        lineIsEmpty = false;
      }
    }
  }

  /** It belongs to the carriage return before it, which has ended a line, perhaps an event. */
  private void absorbFeed() {
    if (start == scanned - 1) {
      start = scanned;
    }
  }

  private void endLine(Listener events) throws IOException {
    if (lineIsEmpty) {
      int behind = scanned < end && isPair() ? scanned + 1 : scanned;
      events.event(new ServerSentEvent(buffer, start, behind));
      start = scanned;
    }
    lineIsEmpty = true;
  }

  private boolean isPair() {
    return buffer[scanned - 1] == '\r' && buffer[scanned] == '\n';
  }

  private void makeRoom() throws IOException {
    if (start > 0) {
      // The byte before the first is kept: a line feed may belong to it.
      int from = start - 1;
      System.arraycopy(buffer, from, buffer, 0, end - from);
      scanned -= from;
      end -= from;
      start = 1;
    }
    if (end == buffer.length) {
      if (buffer.length >= MAX_EVENT_BYTES) {
        throw new IOException("an event is longer than " + MAX_EVENT_BYTES + " bytes");
      }
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
  }
}
