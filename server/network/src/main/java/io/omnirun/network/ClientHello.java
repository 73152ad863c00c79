package io.omnirun.network;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the server's name out of a ClientHello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2; RFC 6066, 3).
 * Every length must fit exactly: two programs that read one message must not read two names. Values
 * that are not known, GREASE among them, are passed over. With an encrypted ClientHello the name is
 * the outer one, which is the server that the connection goes to.
 */
final class ClientHello {
  private static final int VERSION_AND_RANDOM_BYTES = 2 + 32;
  private static final int MAX_SESSION_ID_BYTES = 32;
  private static final int EXTENSION_SERVER_NAME = 0;
  private static final int NAME_TYPE_HOST = 0;
  private static final int MAJOR_VERSION = 3;

  private ClientHello() {}

  /**
   * @param body the message behind its header
   */
  static Optional<String> serverName(ByteBuffer body) throws MalformedException {
    try {
      skipToExtensions(body);
      if (!body.hasRemaining()) {
        return Optional.empty(); // TLS 1.2 and older: there need be none.
      }
      ByteBuffer extensions = slice(body, body.getShort() & 0xffff);
      expect(!body.hasRemaining(), "bytes behind the extensions");
      return fromExtensions(extensions);
    } catch (BufferUnderflowException e) {
      throw new MalformedException("a ClientHello that ends too early");
    }
  }

  private static void skipToExtensions(ByteBuffer body) throws MalformedException {
    expect(body.get(body.position()) == MAJOR_VERSION, "no version of TLS");
    slice(body, VERSION_AND_RANDOM_BYTES);
    int sessionIdBytes = body.get() & 0xff;
    expect(sessionIdBytes <= MAX_SESSION_ID_BYTES, "a session id that is too long");
    slice(body, sessionIdBytes);
    int cipherSuiteBytes = body.getShort() & 0xffff;
    expect(cipherSuiteBytes > 0 && cipherSuiteBytes % 2 == 0, "no list of cipher suites");
    slice(body, cipherSuiteBytes);
    int compressionBytes = body.get() & 0xff;
    expect(compressionBytes > 0, "no compression method");
    slice(body, compressionBytes);
  }

  private static Optional<String> fromExtensions(ByteBuffer extensions) throws MalformedException {
    Optional<String> name = Optional.empty();
    Set<Integer> seen = new HashSet<>();
    while (extensions.hasRemaining()) {
      int type = extensions.getShort() & 0xffff;
      ByteBuffer content = slice(extensions, extensions.getShort() & 0xffff);
      expect(seen.add(type), "an extension that comes twice");
      if (type == EXTENSION_SERVER_NAME) {
        name = Optional.of(hostName(content));
      }
    }
    return name;
  }

  private static String hostName(ByteBuffer extension) throws MalformedException {
    ByteBuffer names = slice(extension, extension.getShort() & 0xffff);
    expect(!extension.hasRemaining(), "bytes behind the server's names");
    expect(names.get() == NAME_TYPE_HOST, "a server's name of an unknown type");
    ByteBuffer name = slice(names, names.getShort() & 0xffff);
    expect(!names.hasRemaining(), "more than one server's name");
    expect(name.hasRemaining(), "an empty server's name");
    return StandardCharsets.ISO_8859_1.decode(name).toString();
  }

  private static ByteBuffer slice(ByteBuffer from, int length) {
    if (length > from.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer part = from.slice(from.position(), length);
    from.position(from.position() + length);
    return part;
  }

  private static void expect(boolean holds, String problem) throws MalformedException {
    if (!holds) {
      throw new MalformedException(problem);
    }
  }
}
