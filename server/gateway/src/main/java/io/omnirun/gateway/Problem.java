package io.omnirun.gateway;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/**
 * Why a preview does not show what it should.
 *
 * @param status of the answer
 * @param e2bStatus of the answer by a name in E2B's spelling
 * @param slug in the field {@code code}
 * @param title of the page
 * @param text for people
 * @param e2bText what E2B says, where its clients look at it
 */
record Problem(int status, int e2bStatus, String slug, String title, String text, String e2bText) {
  private static final String E2B_NOT_FOUND = "The sandbox was not found";

  static final Problem NOT_FOUND =
      new Problem(
          404,
          502,
          ErrorCode.PREVIEW_NOT_FOUND.slug(),
          "Nothing is here",
          "There is no preview of this name, or what it showed is over.",
          E2B_NOT_FOUND);

  static final Problem PAUSED =
      new Problem(
          503,
          502,
          ErrorCode.SANDBOX_PAUSED.slug(),
          "The sandbox is paused",
          "Its preview is back when it is resumed.",
          E2B_NOT_FOUND);

  static final Problem PORT_CLOSED =
      same(
          502,
          ErrorCode.PORT_CLOSED.slug(),
          "Nothing listens yet",
          "The sandbox runs, but no server in it listens on this port. Reload when it has started.",
          "The sandbox is running but port is not open");

  static final Problem UNREACHABLE =
      same(
          502,
          ErrorCode.GUEST_UNREACHABLE.slug(),
          "The sandbox does not answer",
          "It runs, but cannot be reached now.",
          "The sandbox does not answer");

  static final Problem BAD_ANSWER =
      same(
          502,
          "bad_answer",
          "The server's answer makes no sense",
          "What the sandbox's server has answered is no proper HTTP/1.1, or was cut off.",
          "The server's answer is no proper HTTP");

  static final Problem TIMED_OUT =
      same(
          504,
          "answer_timeout",
          "The server does not answer",
          "The sandbox's server has taken the request and said nothing for too long.",
          "The server does not answer");

  static final Problem TOKEN_MISSING =
      same(
          403,
          ErrorCode.PREVIEW_TOKEN_REQUIRED.slug(),
          "This preview is private",
          "Open it by the link that was made for it, or send its token in the header"
              + " e2b-traffic-access-token.",
          "Sandbox is secured with traffic access token. Token header 'e2b-traffic-access-token' is"
              + " missing");

  static final Problem TOKEN_WRONG =
      same(
          403,
          ErrorCode.PREVIEW_TOKEN_REQUIRED.slug(),
          "This preview is private",
          "The token that was shown does not open it.",
          "Sandbox is secured with traffic access token. Token header 'e2b-traffic-access-token' is"
              + " invalid");

  static final Problem TOO_MANY =
      same(
          429,
          ErrorCode.CAPACITY_EXHAUSTED.slug(),
          "Too many at once",
          "The sandbox has as many connections open as it may. Try again in a moment.",
          "Too many connections");

  static final Problem UNAVAILABLE =
      same(
          503,
          ErrorCode.DATABASE_UNAVAILABLE.slug(),
          "Not now",
          "What this name means cannot be looked up. Try again in a moment.",
          "The sandbox cannot be looked up now");

  static final Problem BAD_REQUEST =
      same(
          400,
          ErrorCode.INVALID_REQUEST.slug(),
          "This request cannot be passed on",
          "Its target, its upgrade or what belongs to that is wrong.",
          "The request cannot be passed on");

  static final Problem METHOD =
      same(
          405,
          ErrorCode.METHOD_NOT_ALLOWED.slug(),
          "This method is not passed on",
          "CONNECT and TRACE are for proxies that people choose.",
          "The method is not passed on");

  private static Problem same(int status, String slug, String title, String text, String e2bText) {
    return new Problem(status, status, slug, title, text, e2bText);
  }

  /** Whether the directory has said that a preview is not there, or not now. */
  static boolean saysOver(OmniRunException failure) {
    return switch (failure.code()) {
      case PREVIEW_NOT_FOUND, SANDBOX_NOT_FOUND, SANDBOX_NOT_RUNNING, SANDBOX_PAUSED -> true;
      default -> false;
    };
  }

  /** What browsers are told of a failure of the directory. */
  static Problem of(OmniRunException failure) {
    return switch (failure.code()) {
      case PREVIEW_NOT_FOUND, SANDBOX_NOT_FOUND, SANDBOX_NOT_RUNNING -> NOT_FOUND;
      case SANDBOX_PAUSED -> PAUSED;
      case PORT_CLOSED -> PORT_CLOSED;
      case CAPACITY_EXHAUSTED -> TOO_MANY;
      case GUEST_UNREACHABLE -> UNREACHABLE;
      case DATABASE_UNAVAILABLE -> UNAVAILABLE;
      default -> throw failure;
    };
  }
}
