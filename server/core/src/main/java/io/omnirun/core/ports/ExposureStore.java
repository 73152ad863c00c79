package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The exposures of sandboxes, durable. One of another account looks exactly like a missing one. A
 * sandbox that begins to end, or fails, stops its exposures in the same step. Thread-safe; calls
 * block for the database.
 */
public interface ExposureStore {
  /**
   * How many exposures there may be.
   *
   * @param openPerSandbox that lead to one sandbox
   * @param openPerAccount that lead to all of an account's
   * @param keptPerAccount with those that are over and still remembered
   */
  record Limits(int openPerSandbox, int openPerAccount, int keptPerAccount) {}

  /**
   * Adds an exposure if its sandbox runs; answers whether it does. Its slug is its account's for as
   * long as it is remembered.
   *
   * @throws io.omnirun.model.OmniRunException EXPOSURE_LIMIT, or SLUG_TAKEN if the slug is another
   *     account's, or of an exposure that is not over; nothing is added then
   */
  boolean insert(Exposure exposure, Limits limits);

  /** An exposure as it was written, with its sandbox's end as it stands now. */
  Optional<Exposure> find(AccountId account, SandboxId sandbox, ExposureId id);

  /** A sandbox's exposures, as {@link #find}; those that are over too; the newest first. */
  List<Exposure> list(AccountId account, SandboxId sandbox, int limit);

  /** Gives an exposure that is not over another end of its own; answers whether it did. */
  boolean refresh(AccountId account, ExposureId id, Instant ownEnd, Instant now);

  /**
   * Makes an exposure that is pending ready, and keeps the event for those who want it; answers
   * whether it did.
   *
   * @param url of the exposure, for the event
   */
  boolean markReady(AccountId account, ExposureId id, String url, Instant now);

  /** Revokes an exposure that is not over; answers whether it did. */
  boolean revoke(AccountId account, ExposureId id, Instant now);

  /** Writes down when an exposure was used. */
  void markAccessed(AccountId account, ExposureId id, Instant at);

  /** The exposure that has a slug, of whatever account: for who knows no more than a host name. */
  Optional<Exposure> findBySlug(String slug);

  /** The state of a sandbox of whatever account: for who knows no more than a host name. */
  Optional<SandboxState> sandboxState(SandboxId sandbox);

  /** Of all accounts, those of this node's sandboxes that are pending. */
  List<Exposure> listPending(Instant now);

  /** Forgets those that were over before a moment, so many at most; answers how many. */
  int prune(Instant overBefore, int limit);
}
