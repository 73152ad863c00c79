package io.omnirun.network;

/** What a guest sent has not the form that it must have. */
final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String problem;

  MalformedException(String problem) {
    super(problem);
    this.problem = problem;
  }

  String problem() {
    return problem;
  }
}
