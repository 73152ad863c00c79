package io.omnirun.core;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which names credentials may have. Each becomes an environment variable of every process of a
 * sandbox, so it must not be one by which programs choose what code they run, or that a shell
 * cannot assign.
 */
final class CredentialNames {
  static final int MAX_LENGTH = 256;

  /** POSIX.1-2017 §8.1: what every shell can name. */
  private static final Pattern FORM = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private static final Set<String> RESERVED =
      Set.of(
          // What a login gives.
          "PATH",
          "HOME",
          "USER",
          "LOGNAME",
          "SHELL",
          "TERM",
          "PWD",
          "OLDPWD",
          "SHLVL",
          "_",
          // How shells start and split words; UID and the like cannot be assigned.
          "ENV",
          "IFS",
          "PS4",
          "PROMPT_COMMAND",
          "SHELLOPTS",
          "CDPATH",
          "UID",
          "EUID",
          "PPID",
          // What the C library loads and how it behaves.
          "GCONV_PATH",
          "GLIBC_TUNABLES",
          "LOCPATH",
          "NLSPATH",
          "HOSTALIASES",
          // What interpreters load before the program.
          "PYTHONHOME",
          "PYTHONPATH",
          "PYTHONSTARTUP",
          "NODE_OPTIONS",
          "NODE_PATH",
          "PERL5OPT",
          "PERL5LIB",
          "RUBYOPT",
          "RUBYLIB",
          "JAVA_TOOL_OPTIONS",
          "JDK_JAVA_OPTIONS",
          "_JAVA_OPTIONS",
          "CLASSPATH");

  /** The dynamic linker's and bash's own. */
  private static final List<String> RESERVED_PREFIXES = List.of("LD_", "BASH");

  private CredentialNames() {}

  static boolean isWellFormed(String name) {
    return name.length() <= MAX_LENGTH && FORM.matcher(name).matches();
  }

  /**
   * @throws OmniRunException INVALID_REQUEST if no credential may have that name
   */
  static void check(String name) {
    if (!isWellFormed(name)) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "a credential's name must be that of an environment variable: 1 to %d letters, digits and underscores, no digit first"
              .formatted(MAX_LENGTH));
    }
    if (RESERVED.contains(name) || RESERVED_PREFIXES.stream().anyMatch(name::startsWith)) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "no credential may be called %s: programs are run by it; give it another name"
              .formatted(name));
    }
  }
}
