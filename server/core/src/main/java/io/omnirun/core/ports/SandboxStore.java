package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.EndReason;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The sandboxes, durable: what a call has written is on disk when it returns. A sandbox of another
 * account looks exactly like a missing one. Thread-safe; calls block for the database.
 */
public interface SandboxStore {
  /**
   * Admits and inserts a sandbox of this node in state {@code creating}, in one atomic step.
   *
   * @throws io.omnirun.model.OmniRunException CONCURRENT_LIMIT, CPU_LIMIT, MEMORY_LIMIT or
   *     DISK_LIMIT if the account's sandboxes have as much as they may; nothing is inserted then
   */
  void insertCreating(Sandbox sandbox);

  /**
   * Gives a sandbox another machine if it is {@code creating}; answers whether it did. To be called
   * before that machine exists.
   */
  boolean replaceMachine(AccountId account, SandboxId id, MachineId machine);

  /** Moves a sandbox to {@code running} if it is {@code creating}; answers whether it did. */
  boolean markRunning(AccountId account, SandboxId id);

  /**
   * Moves a sandbox from one state to another that is not final, if it is in the first; answers
   * whether it did.
   */
  boolean transition(AccountId account, SandboxId id, SandboxState from, SandboxState to);

  /**
   * Moves a sandbox to {@code killing} for a reason, if it is in a state; answers whether it did.
   */
  boolean beginKilling(AccountId account, SandboxId id, SandboxState from, EndReason reason);

  /**
   * Moves a sandbox whose deadline has passed to {@code killing}, if it is in a state; answers
   * whether it did. A deadline that was moved meanwhile counts as it stands now.
   */
  boolean beginExpiry(AccountId account, SandboxId id, SandboxState from, Instant now);

  /**
   * Gives a sandbox another life if it is in a state; answers whether it did.
   *
   * @param timeout as it was asked for; zero: permanent
   * @param deadline empty: never
   */
  boolean setTimeout(
      AccountId account,
      SandboxId id,
      SandboxState state,
      Duration timeout,
      Optional<Instant> deadline);

  /** Gives a sandbox another network policy if it is {@code running}; answers whether it did. */
  boolean setNetwork(AccountId account, SandboxId id, NetworkPolicy policy);

  /**
   * Notes that a sandbox has used up its cap of language models; answers whether that was not known
   * yet.
   */
  boolean markLlmSpent(AccountId account, SandboxId id);

  /**
   * Moves a sandbox from a state to a final one ({@code killed} or {@code failed}), if it is in the
   * first; answers whether it did. Its first end is its end: a failed one that becomes killed keeps
   * the time and the reason of its failure.
   *
   * @param reason why it failed; empty keeps the one it has
   */
  boolean finish(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Instant endedAt,
      Optional<String> reason);

  /**
   * Moves a sandbox from {@code running} to {@code pausing}, if it is running and its account may
   * have one more paused, in one atomic step; answers whether it did.
   *
   * @throws io.omnirun.model.OmniRunException PAUSED_LIMIT if it may not
   */
  boolean beginPause(AccountId account, SandboxId id);

  /**
   * The same for a sandbox whose deadline has passed, as it stands now: one that was moved
   * meanwhile is none.
   *
   * @throws io.omnirun.model.OmniRunException PAUSED_LIMIT
   */
  boolean beginExpiryPause(AccountId account, SandboxId id, Instant now);

  /**
   * Moves a sandbox from {@code pausing} to {@code paused}, where it has no deadline; answers
   * whether it did.
   */
  boolean endPause(AccountId account, SandboxId id);

  /**
   * Moves a sandbox from {@code paused} to {@code resuming}, if it is paused and its account may
   * have one more running, in one atomic step; answers whether it did.
   *
   * @throws io.omnirun.model.OmniRunException CONCURRENT_LIMIT, CPU_LIMIT or MEMORY_LIMIT if it may
   *     not
   */
  boolean beginResume(AccountId account, SandboxId id);

  /**
   * Moves a sandbox from {@code resuming} to {@code running} on a machine of its own, with another
   * deadline; answers whether it did.
   */
  boolean endResume(AccountId account, SandboxId id, MachineId machine, Optional<Instant> deadline);

  /** The sandbox, in whatever state. */
  Optional<Sandbox> find(AccountId account, SandboxId id);

  /**
   * The account's sandboxes that have ended, the last one first.
   *
   * @param limit so many at most
   * @param offset so many of the newest are left out
   */
  List<Sandbox> listEnded(AccountId account, int limit, int offset);

  /** The account's sandboxes that run or are paused, oldest first. */
  List<Sandbox> listLive(AccountId account);

  /**
   * Of all accounts, those of this node that have not ended: what it must find or clean up. Those
   * of other nodes are none of its business.
   */
  List<Sandbox> listUnfinished();
}
