package io.omnirun.gateway;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answers of one connection, strictly: what two readers could understand in two ways is
 * refused. Used by one thread at a time.
 */
final class AnswerParser {
  /** What browsers take of headers, and four times what most servers take. */
  static final int MAX_HEAD_BYTES = 32 * 1024;

  /** No leniency at all. */
  private static final HttpCompliance STRICT =
      HttpCompliance.RFC9110.without("strict", HttpCompliance.Violation.LF_HEADER_TERMINATION);

  private static final int FIRST_FINAL_STATUS = 200;

  /** What was found. */
  enum Event {
    /** All bytes are taken, and more are needed. */
    NEED_INPUT,
    /** The status and the headers are there. */
    HEAD,
    /** A part of the body is there. */
    CONTENT,
    /** The answer is whole. */
    END
  }

  private final Handler handler = new Handler();
  private final HttpParser parser = new HttpParser(handler, MAX_HEAD_BYTES, STRICT);

  /** Begins to read an answer. */
  void begin(boolean toHead) {
    handler.reset();
    parser.reset();
    parser.setHeadResponse(toHead);
  }

  /** Takes bytes until something is found. */
  Event next(ByteBuffer input) throws BadAnswerException {
    handler.event = null;
    // The parser returns early where it has nothing to tell.
    while (handler.event == null && (input.hasRemaining() || handler.endIsDue())) {
      int before = input.remaining();
      boolean told = parse(input);
      if (!told && input.remaining() == before) {
        break;
      }
    }
    return handler.event == null ? Event.NEED_INPUT : handler.event;
  }

  /** The connection has ended: the answer is whole now, or never. */
  Event end() throws BadAnswerException {
    handler.event = null;
    parser.atEOF();
    parse(ByteBuffer.allocate(0));
    if (handler.event != Event.END) {
      throw new BadAnswerException("the server has closed its connection within the answer");
    }
    return Event.END;
  }

  private boolean parse(ByteBuffer input) throws BadAnswerException {
    boolean told;
    try {
      told = parser.parseNext(input);
    } catch (AssertionError e) {
      // Where assertions are on, Jetty's exception for an answer that is wrong behind a good status
      // asserts that the status is an error's.
      throw new BadAnswerException("the server's answer is no proper HTTP/1.1", e);
    }
    requireGood();
    return told;
  }

  private void requireGood() throws BadAnswerException {
    HttpException problem = handler.problem;
    if (problem != null) {
      BadAnswerException bad = new BadAnswerException("the server's answer is no proper HTTP/1.1");
      bad.addSuppressed(asException(problem));
      throw bad;
    }
    if (handler.early) {
      throw new BadAnswerException("the server has closed its connection within the answer");
    }
  }

  /** Jetty's interface of its exceptions is none itself. */
  private static Exception asException(HttpException problem) {
    return problem instanceof Exception known
        ? known
        : new IllegalStateException(problem.getReason());
  }

  int status() {
    return handler.status;
  }

  boolean isInterim() {
    return handler.status < FIRST_FINAL_STATUS;
  }

  List<HttpField> fields() {
    return handler.fields;
  }

  /** Of the last {@link Event#CONTENT}; good until more bytes are read. */
  ByteBuffer content() {
    return requireNonNull(handler.content, "there is no content");
  }

  /** Whether another request may follow on the connection, going by the head. */
  boolean isPersistent() {
    if (handler.version != HttpVersion.HTTP_1_1) {
      return false;
    }
    for (HttpField field : handler.fields) {
      if (field.getHeader() == HttpHeader.CONNECTION && field.contains("close")) {
        return false;
      }
    }
    return true;
  }

  /** What the parser calls; it stops after each thing that it tells. */
  private static final class Handler implements HttpParser.ResponseHandler {
    private final List<HttpField> fields = new ArrayList<>();
    private @Nullable Event event;
    private @Nullable ByteBuffer content;
    private @Nullable HttpVersion version;
    private @Nullable HttpException problem;
    private int status;
    private boolean headDone;
    private boolean early;

    void reset() {
      fields.clear();
      content = null;
      version = null;
      problem = null;
      status = 0;
      headDone = false;
      early = false;
    }

    /** Whether the parser may have something to tell without another byte. */
    boolean endIsDue() {
      return headDone;
    }

    @Override
    public void startResponse(HttpVersion answered, int code, String reason) {
      version = answered;
      status = code;
    }

    @Override
    public void parsedHeader(HttpField field) {
      fields.add(field);
    }

    @Override
    public boolean headerComplete() {
      headDone = true;
      event = Event.HEAD;
      return true;
    }

    @Override
    public boolean content(ByteBuffer bytes) {
      content = bytes;
      event = Event.CONTENT;
      return true;
    }

    @Override
    public boolean contentComplete() {
      return false;
    }

    @Override
    public boolean messageComplete() {
      event = Event.END;
      return true;
    }

    @Override
    public void earlyEOF() {
      early = true;
    }

    @Override
    public void badMessage(HttpException failure) {
      problem = failure;
    }
  }
}
