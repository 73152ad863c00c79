package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;

/**
 * A port of a sandbox on the web, for a while.
 *
 * @param port the guest's TCP port
 * @param slug the first label of its host name
 * @param tokenHash of a private one: the lower-case hexadecimal SHA-256 of what opens it
 * @param openPath where people begin: a path, perhaps with query and fragment
 * @param preserveHost the guest is to see the host name that the browser has used
 * @param createdBy who has made it, by an id that is no secret
 * @param expiresAt when its time passes
 * @param endedAt when it was revoked or its sandbox ended; empty if neither has happened
 * @param lastAccessedAt when it was used, to the minute
 */
public record Exposure(
    ExposureId id,
    AccountId account,
    SandboxId sandbox,
    int port,
    String slug,
    Visibility visibility,
    ExposureStatus status,
    Optional<String> tokenHash,
    String openPath,
    boolean preserveHost,
    Instant createdAt,
    String createdBy,
    Instant expiresAt,
    Optional<Instant> endedAt,
    Optional<Instant> lastAccessedAt) {

  /** As it is at a moment: nobody has to write down that its time has passed. */
  public Exposure at(Instant now) {
    return status.isOpen() && !now.isBefore(expiresAt) ? withStatus(ExposureStatus.EXPIRED) : this;
  }

  /** The same in another status. */
  public Exposure withStatus(ExposureStatus newStatus) {
    return new Exposure(
        id,
        account,
        sandbox,
        port,
        slug,
        visibility,
        newStatus,
        tokenHash,
        openPath,
        preserveHost,
        createdAt,
        createdBy,
        expiresAt,
        endedAt,
        lastAccessedAt);
  }

  /** Leaves the hash out. */
  @Override
  public String toString() {
    return "Exposure[" + id + " of " + sandbox + ":" + port + ", " + status + "]";
  }
}
