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
 * @param ownEnd when its time passes, however long its sandbox lives
 * @param sandboxEnd when its sandbox is ended as it stands now; empty: it is not
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
    Instant ownEnd,
    Optional<Instant> sandboxEnd,
    Optional<Instant> endedAt,
    Optional<Instant> lastAccessedAt) {

  /** When it ends, as it stands now: no later than its sandbox. */
  public Instant expiresAt() {
    return sandboxEnd.filter(ownEnd::isAfter).orElse(ownEnd);
  }

  /**
   * As it is at a moment: nobody has to write down that its time has passed. That its sandbox has
   * ended is written when it does, and not before: it may be paused instead, or get more time.
   */
  public Exposure at(Instant now) {
    return status.isOpen() && !now.isBefore(ownEnd) ? withStatus(ExposureStatus.EXPIRED) : this;
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
        ownEnd,
        sandboxEnd,
        endedAt,
        lastAccessedAt);
  }

  /** Leaves the hash out. */
  @Override
  public String toString() {
    return "Exposure[" + id + " of " + sandbox + ":" + port + ", " + status + "]";
  }
}
