package io.omnirun.store;

import io.omnirun.model.LlmAmounts;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmUsageRow;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlBatch;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about language models. */
interface LlmDao extends AccountLock, AuditDao {
  /** Where a row is one budget's. */
  String OF_BUDGET =
      """
      WHERE account_id = :accountId AND subject = :subject AND period_start = :periodStart
      """;

  @SqlQuery(
      """
      SELECT COALESCE(SUM(picodollars), 0) AS picodollars, COALESCE(SUM(tokens), 0) AS tokens
      FROM llm_spent
      """
          + OF_BUDGET)
  LlmAmounts spent(@BindMethods BudgetKey budget);

  /** By all nodes. */
  @SqlQuery(
      """
      SELECT COALESCE(SUM(picodollars), 0) AS picodollars, COALESCE(SUM(tokens), 0) AS tokens
      FROM llm_taken
      """
          + OF_BUDGET)
  LlmAmounts taken(@BindMethods BudgetKey budget);

  @SqlUpdate(
      """
      INSERT INTO llm_taken (account_id, subject, period_start, node_id, picodollars, tokens)
      VALUES (:accountId, :subject, :periodStart, :nodeId, :picodollars, :tokens)
      ON CONFLICT (account_id, subject, period_start, node_id) DO UPDATE
      SET picodollars = llm_taken.picodollars + excluded.picodollars,
          tokens = llm_taken.tokens + excluded.tokens
      """)
  int take(
      @BindMethods BudgetKey budget,
      @Bind("nodeId") String nodeId,
      @BindMethods LlmAmounts amounts);

  @SqlUpdate(
      """
      UPDATE llm_taken
      SET picodollars = picodollars - :picodollars, tokens = tokens - :tokens
      """
          + OF_BUDGET
          + "AND node_id = :nodeId")
  int release(
      @BindMethods BudgetKey budget,
      @Bind("nodeId") String nodeId,
      @BindMethods LlmAmounts amounts);

  @SqlUpdate(
      """
      DELETE FROM llm_taken
      WHERE node_id = :nodeId AND picodollars = 0 AND tokens = 0
      """)
  int deleteEmpty(@Bind("nodeId") String nodeId);

  @SqlUpdate(
      """
      INSERT INTO llm_spent (account_id, subject, period_start, picodollars, tokens)
      VALUES (:accountId, :subject, :periodStart, :picodollars, :tokens)
      ON CONFLICT (account_id, subject, period_start) DO UPDATE
      SET picodollars = llm_spent.picodollars + excluded.picodollars,
          tokens = llm_spent.tokens + excluded.tokens
      """)
  int spend(@BindMethods BudgetKey budget, @BindMethods LlmAmounts amounts);

  /** What a node has taken out becomes spent. */
  @SqlUpdate(
      """
      INSERT INTO llm_spent (account_id, subject, period_start, picodollars, tokens)
      SELECT account_id, subject, period_start, picodollars, tokens
      FROM llm_taken
      WHERE node_id = :nodeId
      ON CONFLICT (account_id, subject, period_start) DO UPDATE
      SET picodollars = llm_spent.picodollars + excluded.picodollars,
          tokens = llm_spent.tokens + excluded.tokens
      """)
  int spendAllTaken(@Bind("nodeId") String nodeId);

  @SqlUpdate("DELETE FROM llm_taken WHERE node_id = :nodeId")
  int deleteTaken(@Bind("nodeId") String nodeId);

  @SqlUpdate(
      """
      INSERT INTO llm_batch (node_id, batch_id)
      VALUES (:nodeId, :batchId)
      ON CONFLICT (node_id) DO UPDATE
      SET batch_id = excluded.batch_id
      WHERE llm_batch.batch_id <> excluded.batch_id
      """)
  int beginBatch(@Bind("nodeId") String nodeId, @Bind("batchId") String batchId);

  @SqlBatch(
      """
      INSERT INTO llm_usage (
        account_id, day, model, token_id, sandbox_id, calls, estimated_calls, prompt_tokens,
        cached_tokens, cache_write_tokens, completion_tokens, reasoning_tokens, picodollars)
      VALUES (
        :key.accountId, :key.day, :key.model, :key.tokenId, :key.sandboxId, :calls,
        :estimatedCalls, :promptTokens, :cachedTokens, :cacheWriteTokens, :completionTokens,
        :reasoningTokens, :picodollars)
      ON CONFLICT (account_id, day, model, token_id, sandbox_id) DO UPDATE
      SET calls = llm_usage.calls + excluded.calls,
          estimated_calls = llm_usage.estimated_calls + excluded.estimated_calls,
          prompt_tokens = llm_usage.prompt_tokens + excluded.prompt_tokens,
          cached_tokens = llm_usage.cached_tokens + excluded.cached_tokens,
          cache_write_tokens = llm_usage.cache_write_tokens + excluded.cache_write_tokens,
          completion_tokens = llm_usage.completion_tokens + excluded.completion_tokens,
          reasoning_tokens = llm_usage.reasoning_tokens + excluded.reasoning_tokens,
          picodollars = llm_usage.picodollars + excluded.picodollars
      """)
  int[] addUsage(@BindMethods Collection<LlmUsageSums> sums);

  @SqlQuery(
      """
      SELECT *
      FROM llm_usage
      WHERE account_id = :accountId AND day >= :since
        AND (:sandboxId = '' OR sandbox_id = :sandboxId)
      ORDER BY day DESC, picodollars DESC, model, token_id, sandbox_id
      LIMIT :limit
      """)
  List<LlmUsageRow> usage(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("since") String since,
      @Bind("limit") int limit);

  @SqlQuery(
      """
      SELECT picodollars, tokens, period
      FROM llm_cap
      WHERE account_id = :accountId AND subject = :subject
      """)
  Optional<LlmCap> cap(@Bind("accountId") String accountId, @Bind("subject") String subject);

  @SqlUpdate(
      """
      INSERT INTO llm_cap (account_id, subject, picodollars, tokens, period)
      VALUES (:accountId, :subject, :picodollars, :tokens, :period)
      ON CONFLICT (account_id, subject) DO UPDATE
      SET picodollars = excluded.picodollars, tokens = excluded.tokens, period = excluded.period
      """)
  int setCap(
      @Bind("accountId") String accountId,
      @Bind("subject") String subject,
      @BindMethods CapRow cap);

  @SqlUpdate("DELETE FROM llm_cap WHERE account_id = :accountId AND subject = :subject")
  int clearCap(@Bind("accountId") String accountId, @Bind("subject") String subject);
}
