package io.omnirun.network;

import io.omnirun.network.EgressEvent.Kind;
import io.omnirun.network.EgressEvent.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What clients of the proxy speak. */
public enum ProxyProtocol {
  /** Of which the proxy reads the ClientHello. */
  TLS(Kind.TLS) {
    @Override
    Opening.Reader reader() {
      return new ClientHelloReader();
    }

    @Override
    ByteBuffer refusal(Reason reason) {
      int alert =
          switch (reason) {
            case MALFORMED -> ALERT_DECODE_ERROR;
            case NO_ADDRESS -> ALERT_UNRECOGNIZED_NAME;
            case RESOLUTION_FAILED, UNREACHABLE, TOO_MANY, TOO_SLOW -> ALERT_INTERNAL_ERROR;
            case LISTED,
                OPEN,
                DENIED,
                NOT_LISTED,
                NO_NAME,
                FORBIDDEN_ADDRESS,
                NOT_OPENED,
                NOT_SERVED ->
                ALERT_ACCESS_DENIED;
          };
      return ByteBuffer.wrap(new byte[] {21, 3, 3, 0, 2, ALERT_FATAL, (byte) alert});
    }
  },
  /** Of which the proxy reads the head of the first request. */
  HTTP(Kind.HTTP) {
    @Override
    Opening.Reader reader() {
      return new HttpHeadReader();
    }

    @Override
    ByteBuffer refusal(Reason reason) {
      String status =
          switch (reason) {
            case MALFORMED, NO_NAME -> "400 Bad Request";
            case NO_ADDRESS, RESOLUTION_FAILED, UNREACHABLE, TOO_MANY, TOO_SLOW ->
                "502 Bad Gateway";
            case LISTED, OPEN, DENIED, NOT_LISTED, FORBIDDEN_ADDRESS, NOT_OPENED, NOT_SERVED ->
                "403 Forbidden";
          };
      String body = "the sandbox's network policy: " + reason.text() + "\n";
      return StandardCharsets.ISO_8859_1.encode(
          "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
              .formatted(status, body.length(), body));
    }
  };

  /** Of RFC 8446, 6. */
  private static final int ALERT_FATAL = 2;

  private static final int ALERT_ACCESS_DENIED = 49;
  private static final int ALERT_DECODE_ERROR = 50;
  private static final int ALERT_INTERNAL_ERROR = 80;
  private static final int ALERT_UNRECOGNIZED_NAME = 112;

  private final Kind kind;

  ProxyProtocol(Kind kind) {
    this.kind = kind;
  }

  /** As what its connections stand in the log. */
  Kind kind() {
    return kind;
  }

  /** Reads the opening of one connection. */
  abstract Opening.Reader reader();

  /** What a client is told that is not let through. */
  abstract ByteBuffer refusal(Reason reason);
}
