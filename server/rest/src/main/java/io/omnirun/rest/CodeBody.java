package io.omnirun.rest;

import io.omnirun.core.CodeRequest;
import io.omnirun.http.JsonFields;
import io.omnirun.model.CodeLanguage;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The body of {@code POST /sandboxes/{id}/code}. */
final class CodeBody {
  /** Room for code of the largest size, much of it escaped, with its environment. */
  static final long LIMIT_BYTES = 4L * 1024 * 1024;

  /** What people and programs write; a quarter of what the agent takes as one input. */
  static final int MAX_CODE_BYTES = 1024 * 1024;

  private static final String KNOWN =
      Arrays.stream(CodeLanguage.values())
          .map(language -> String.join("/", language.names()))
          .collect(Collectors.joining(", "));

  private CodeBody() {}

  /**
   * @throws OmniRunException naming the field that is wrong
   */
  static CodeRequest parse(JsonFields body) {
    return new CodeRequest(
        language(body.optionalString("language").orElse(CodeLanguage.PYTHON.text())),
        code(body),
        GuestNames.user(body.optionalString("user").orElse(GuestNames.DEFAULT_USER)),
        body.optionalString("cwd").map(GuestNames::workingDirectory),
        EnvironmentVariables.parse(body, "envs"),
        Timeouts.ofCommand(body));
  }

  /** The field {@code code}, which may be empty. */
  static String code(JsonFields body) {
    String code = InvalidRequest.withoutNul("the code", body.requiredString("code"));
    if (code.getBytes(StandardCharsets.UTF_8).length > MAX_CODE_BYTES) {
      throw new OmniRunException(
          ErrorCode.COMMAND_TOO_LARGE,
          "the code has more than %,d bytes; write it to files with POST …/files and run these"
              .formatted(MAX_CODE_BYTES));
    }
    return code;
  }

  private static CodeLanguage language(String name) {
    return CodeLanguage.named(name)
        .orElseThrow(
            () -> InvalidRequest.because("field \"language\" must be one of: %s".formatted(KNOWN)));
  }

  /** About what is kept of the body while the code runs, in bytes as they were sent. */
  static long keptBytes(CodeRequest request) {
    return request.code().length() + EnvironmentVariables.length(request.envs());
  }
}
