package io.omnirun.guest.agent;

import io.omnirun.model.ErrorCode;

/**
 * What the agent serves: on which channel port, under which path. Source: api/link.md, api/proto.
 */
enum AgentService {
  /** Only the host may call it; its port is outside TCP's range. */
  GUEST(65_537, "/omnirun.guest.v1.Guest/", ErrorCode.PROCESS_NOT_FOUND),
  PROCESS(49_983, "/process.Process/", ErrorCode.PROCESS_NOT_FOUND),
  FILESYSTEM(49_983, "/filesystem.Filesystem/", ErrorCode.FILE_NOT_FOUND),
  /** Contents of files, by plain HTTP. */
  FILES(49_983, "/files", ErrorCode.FILE_NOT_FOUND);

  private final int port;
  private final String path;
  private final ErrorCode notFound;

  AgentService(int port, String path, ErrorCode notFound) {
    this.port = port;
    this.path = path;
    this.notFound = notFound;
  }

  int port() {
    return port;
  }

  String path() {
    return path;
  }

  /** What it means when the agent does not find what was asked for. */
  ErrorCode notFound() {
    return notFound;
  }
}
