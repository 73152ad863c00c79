package io.omnirun.model;

import java.util.Locale;

/**
 * The closed set of ways in which a call can fail.
 *
 * <p>Each has the HTTP status it is answered with. Clients of the public API retry 500, 502, 503
 * and 504 at once and without asking, so nothing that may have had a side effect has one of these:
 * a full host is 429, a lost guest 409.
 */
public enum ErrorCode {
  /** The request is not understood: not JSON, a wrong type, a value out of range. */
  INVALID_REQUEST(400),
  /** No API key, or one that nobody has. */
  UNAUTHORIZED(401),
  /** An API key stands in the URL, where logs and histories keep it. */
  KEY_IN_URL(400),
  /** The code to sign in is wrong, used or over, or there is none. */
  CODE_INVALID(401),
  /** Too many codes were tried or asked for. */
  TOO_MANY_ATTEMPTS(429),
  /** The request comes from another site's page, or does not say from which. */
  CROSS_SITE_REQUEST(403),
  /** The account has a second factor already. */
  SECOND_FACTOR_EXISTS(409),
  /** The account has no second factor. */
  SECOND_FACTOR_MISSING(409),
  /** The token may not be used for this. */
  INSUFFICIENT_SCOPE(403),
  /** An administrator has suspended the account. */
  ACCOUNT_SUSPENDED(403),
  /** No such token, or somebody else's. */
  TOKEN_NOT_FOUND(404),
  /** The account has as many tokens as it may. */
  TOKEN_LIMIT(429),
  /** No account of that id or address: only operators name accounts. */
  ACCOUNT_NOT_FOUND(404),
  /** Another account has that e-mail address. */
  EMAIL_TAKEN(409),
  /** Nobody can say now whose key it is; nothing has happened. */
  DATABASE_UNAVAILABLE(503),
  /** No such route. */
  ROUTE_NOT_FOUND(404),
  /** The route exists, with another method. */
  METHOD_NOT_ALLOWED(405),
  /** The body is longer than the route takes. */
  BODY_TOO_LARGE(413),
  /** The body is of a type that the route does not take. */
  UNSUPPORTED_MEDIA_TYPE(415),
  /** No such webhook, or somebody else's. */
  WEBHOOK_NOT_FOUND(404),
  /** The account has as many webhooks as it may. */
  WEBHOOK_LIMIT(429),
  /** The account has a vault already. */
  VAULT_EXISTS(409),
  /** The account's vault has no credential of that name. */
  CREDENTIAL_NOT_FOUND(404),
  /** The account's vault holds as much as it may. */
  VAULT_LIMIT(429),
  /** What the vault holds does not open: its master key is another, or it was changed. */
  VAULT_UNREADABLE(409),
  /** No such sandbox, or somebody else's. */
  SANDBOX_NOT_FOUND(404),
  /** No exposure of that id, or somebody else's. */
  EXPOSURE_NOT_FOUND(404),
  /** The exposure is over: it has expired, was closed, or its sandbox has ended. */
  EXPOSURE_ENDED(409),
  /** The account or the sandbox has as many exposures as it may. */
  EXPOSURE_LIMIT(429),
  /** Another exposure has that slug. */
  SLUG_TAKEN(409),
  /** No preview of that host name, or what it showed is over. */
  PREVIEW_NOT_FOUND(404),
  /** The preview is private, and no token that opens it was shown. */
  PREVIEW_TOKEN_REQUIRED(403),
  /** Nothing listens on that port in the guest. */
  PORT_CLOSED(409),
  /** The sandbox has failed, is being made or being killed. */
  SANDBOX_NOT_RUNNING(409),
  /** The sandbox is paused, or on its way there or back. */
  SANDBOX_PAUSED(409),
  /** This host gives no sandbox a link, or cannot keep the policy that is wanted. */
  NETWORK_UNAVAILABLE(409),
  /** The sandbox was made without a link: there is nothing to have a policy for. */
  SANDBOX_AIR_GAPPED(409),
  /** The account has as many paused sandboxes as it may. */
  PAUSED_LIMIT(429),
  /**
   * What was kept of a paused sandbox cannot be read now: files are missing or locked, or the
   * server has another secret than the one it was paused under.
   */
  PAUSED_STATE_UNREADABLE(409),
  /** The key of a paused sandbox opens, and what it encrypts was changed or cut. */
  PAUSED_STATE_DAMAGED(409),
  /** This host's VMM is another than the one that the sandbox was paused under. */
  PAUSED_STATE_INCOMPATIBLE(409),
  /** No template of that name or alias. */
  TEMPLATE_NOT_FOUND(404),
  /** The template exists and its golden snapshot is still being built, or its build failed. */
  TEMPLATE_NOT_READY(409),
  /** More memory, CPUs or disk than the template's largest size class. */
  SIZE_NOT_AVAILABLE(400),
  /** The account runs as many sandboxes as it may. */
  CONCURRENT_LIMIT(429),
  /** The token sends more requests than it may. */
  RATE_LIMIT(429),
  /** The account's sandboxes have as many vCPUs together as they may. */
  CPU_LIMIT(429),
  /** The account's sandboxes have as much memory together as they may. */
  MEMORY_LIMIT(429),
  /** The account's sandboxes have as much disk together as they may. */
  DISK_LIMIT(429),
  /** The host has no memory, disk or machine slot left for another sandbox. */
  CAPACITY_EXHAUSTED(429),
  /** No process with that handle in the sandbox. */
  PROCESS_NOT_FOUND(404),
  /** The process has ended, or has closed its input. */
  PROCESS_ENDED(409),
  /** The process does not read its input. */
  INPUT_NOT_TAKEN(409),
  /** The guest has no user of that name. */
  USER_NOT_FOUND(400),
  /** The working directory does not exist in the guest. */
  CWD_NOT_FOUND(400),
  /** The command, its arguments or its environment are longer than Linux takes. */
  COMMAND_TOO_LARGE(400),
  /** The guest has no program for the language. */
  LANGUAGE_UNAVAILABLE(409),
  /** Nothing in the guest keeps contexts for code, or it cannot now. */
  INTERPRETER_UNAVAILABLE(409),
  /** No such context in the sandbox. */
  CONTEXT_NOT_FOUND(404),
  /** The sandbox has as many contexts as it may, or memory for no other. */
  TOO_MANY_CONTEXTS(429),
  /** No such file in the guest. */
  FILE_NOT_FOUND(404),
  /** The path names something else than a regular file. */
  NOT_A_FILE(400),
  /** The path names something else than a directory. */
  NOT_A_DIRECTORY(400),
  /** The path cannot be a path: empty, with NUL, too long, or leading out of where it may lead. */
  INVALID_PATH(400),
  /** The file has no such part as was asked for. */
  RANGE_NOT_SATISFIABLE(416),
  /** The signed URL was not made by this server, or not for this. */
  SIGNED_URL_INVALID(403),
  /** The time of the signed URL is over. */
  SIGNED_URL_EXPIRED(403),
  /** The user may not do that in the guest. */
  PERMISSION_DENIED(403),
  /** The sandbox's disk is full. */
  DISK_FULL(409),
  /** The agent of a running sandbox does not answer. */
  GUEST_UNREACHABLE(409),
  /** A template's definition is wrong. */
  TEMPLATE_INVALID(400),
  /** A step of a template's build failed. */
  TEMPLATE_BUILD_FAILED(409),
  /** The host's disk is full. */
  NO_SPACE(429),
  /** The launcher refused or is not there. */
  LAUNCHER_UNAVAILABLE(429),
  /** A VMM did not start or broke. */
  MACHINE_FAILED(429),
  /** No language model of that name is served, or the caller's key is not for it. */
  LLM_MODEL_NOT_FOUND(404),
  /** What the caller may spend on language models does not suffice for the call. */
  LLM_CAP_REACHED(402),
  /** Nobody has set a cap for that token. */
  LLM_CAP_NOT_FOUND(404),
  /** Nobody knows what the model costs, and the operator lets nobody use it then. */
  LLM_PRICE_UNKNOWN(403),
  /** The model's provider takes no more requests for now. */
  LLM_UPSTREAM_BUSY(429),
  /** The provider of a language model failed or answered what is no answer. */
  LLM_UPSTREAM_FAILED(502),
  /** The provider of a language model did not answer in time. */
  LLM_UPSTREAM_TIMEOUT(504),
  /** The configuration of the server is wrong; it does not start. */
  CONFIGURATION_INVALID(500),
  /** A fault of ours. */
  INTERNAL(500);

  private static final int TOO_MANY = 429;

  private final int httpStatus;

  ErrorCode(int httpStatus) {
    this.httpStatus = httpStatus;
  }

  /** The status of an HTTP answer that carries this error. */
  public int httpStatus() {
    return httpStatus;
  }

  /** Whether an account has reached a limit of its own; the names of such codes say so. */
  public boolean isLimit() {
    return httpStatus == TOO_MANY && name().contains("LIMIT");
  }

  /** The text in the {@code code} field of an HTTP answer, {@code sandbox_not_found} say. */
  public String slug() {
    return name().toLowerCase(Locale.ROOT);
  }
}
