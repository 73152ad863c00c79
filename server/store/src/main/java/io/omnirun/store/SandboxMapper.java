package io.omnirun.store;

import io.omnirun.model.Accelerator;
import io.omnirun.model.AccountId;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxSettings;
import io.omnirun.model.SandboxState;
import io.omnirun.model.SizeClass;
import io.omnirun.model.Vmm;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads sandboxes from rows of the table {@code sandbox}. */
final class SandboxMapper implements RowMapper<Sandbox> {
  @Override
  public Sandbox map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return sandbox(row);
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored sandbox cannot be read", e);
    }
  }

  private static Sandbox sandbox(ResultSet row) throws SQLException {
    return new Sandbox(
        new SandboxId(row.getString("sandbox_id")),
        new AccountId(row.getString("account_id")),
        row.getString("template"),
        SandboxState.ofText(row.getString("state")),
        new SizeClass(row.getInt("vcpus"), row.getInt("memory_mib"), row.getInt("disk_mib")),
        new MachineId(row.getString("machine_id")),
        MetadataJson.read(row.getString("metadata")),
        Instant.ofEpochMilli(row.getLong("started_at_ms")),
        instant(row, "deadline_at_ms"),
        instant(row, "ended_at_ms"),
        Optional.ofNullable(row.getString("failure_reason")),
        settings(row),
        Optional.ofNullable(row.getString("end_reason")).map(EndReason::ofText),
        machineKind(row));
  }

  private static SandboxSettings settings(ResultSet row) throws SQLException {
    return new SandboxSettings(
        Duration.ofSeconds(row.getLong("timeout_s")),
        row.getInt("auto_pause") != 0,
        row.getInt("secure") != 0,
        Optional.ofNullable(row.getString("mask_request_host")),
        row.getInt("vault_inject") != 0,
        NetworkPolicyJson.read(row.getString("network")),
        LlmGrantJson.read(row.getString("llm")));
  }

  private static Optional<MachineKind> machineKind(ResultSet row) throws SQLException {
    String vmm = row.getString("vmm");
    String accelerator = row.getString("accelerator");
    return vmm == null || accelerator == null
        ? Optional.empty()
        : Optional.of(new MachineKind(Vmm.ofText(vmm), Accelerator.ofText(accelerator)));
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    long epochMs = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(epochMs));
  }
}
