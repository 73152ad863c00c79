package io.omnirun.gateway;

/** Ends a request, of whose answer nothing is sent yet, with a page. */
final class ProblemException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.slug());
    this.problem = problem;
  }

  ProblemException(Problem problem, Throwable cause) {
    super(problem.slug(), cause);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
