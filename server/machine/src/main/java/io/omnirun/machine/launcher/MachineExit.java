package io.omnirun.machine.launcher;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * The end of a VMM as the launcher saw it.
 *
 * @param signal that ended it, else 0
 * @param oomKilled its cgroup was out of memory
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record MachineExit(String machine, int exitCode, int signal, boolean oomKilled) {
  /** For people. */
  public String reason() {
    if (oomKilled) {
      return "its virtual machine used more memory than it may";
    }
    if (signal != 0) {
      return "its virtual machine was ended by signal " + signal;
    }
    return "its virtual machine ended with status " + exitCode;
  }
}
