package io.omnirun.model;

/** What stands at a path of a guest. */
public enum FileKind {
  FILE("file"),
  DIRECTORY("dir"),
  /** A symbolic link that leads nowhere; one that leads somewhere is of its target's kind. */
  SYMLINK("symlink"),
  /** A device, a pipe or a socket. */
  OTHER("other");

  private final String text;

  FileKind(String text) {
    this.text = text;
  }

  /** Its name in the API. */
  public String text() {
    return text;
  }
}
