package io.omnirun.machine.firecracker;

/**
 * What became of a guest that was run to find out whether guests run.
 *
 * @param reason for people
 */
public record ProbeResult(boolean answered, String reason) {
  static ProbeResult answered(String reason) {
    return new ProbeResult(true, reason);
  }

  static ProbeResult failed(String reason) {
    return new ProbeResult(false, reason);
  }
}
