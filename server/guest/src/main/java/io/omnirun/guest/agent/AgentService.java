package io.omnirun.guest.agent;

import io.omnirun.model.ErrorCode;

/**
 * What the agent serves on the host's own port, and under which path. Source: api/link.md,
 * api/proto.
 */
enum AgentService {
  GUEST("/omnirun.guest.v1.Guest/", ErrorCode.PROCESS_NOT_FOUND),
  PROCESS("/process.Process/", ErrorCode.PROCESS_NOT_FOUND),
  FILESYSTEM("/filesystem.Filesystem/", ErrorCode.FILE_NOT_FOUND),
  /** Contents of files, by plain HTTP. */
  FILES("/files", ErrorCode.FILE_NOT_FOUND);

  /** Outside TCP's range, so that only the host may call it. */
  static final int PORT = 65_537;

  private final String path;
  private final ErrorCode notFound;

  AgentService(String path, ErrorCode notFound) {
    this.path = path;
    this.notFound = notFound;
  }

  String path() {
    return path;
  }

  /** What it means when the agent does not find what was asked for. */
  ErrorCode notFound() {
    return notFound;
  }
}
