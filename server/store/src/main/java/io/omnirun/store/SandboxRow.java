package io.omnirun.store;

import io.omnirun.model.NodeId;
import io.omnirun.model.Sandbox;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A row to insert into the table {@code sandbox}. Public for JDBI's reflection alone. */
public record SandboxRow(
    String sandboxId,
    String accountId,
    String nodeId,
    String template,
    String state,
    int vcpus,
    int memoryMib,
    int diskMib,
    String machineId,
    String metadata,
    long startedAtMs,
    @Nullable Long deadlineAtMs,
    @Nullable Long endedAtMs,
    @Nullable String failureReason,
    long timeoutS,
    int autoPause,
    int secure,
    @Nullable String maskRequestHost,
    int vaultInject,
    @Nullable String network,
    @Nullable String llm,
    @Nullable String vmm,
    @Nullable String accelerator) {

  static SandboxRow of(Sandbox sandbox, NodeId node) {
    return new SandboxRow(
        sandbox.id().value(),
        sandbox.account().value(),
        node.value(),
        sandbox.template(),
        sandbox.state().text(),
        sandbox.size().vcpus(),
        sandbox.size().memoryMib(),
        sandbox.size().diskMib(),
        sandbox.machine().value(),
        MetadataJson.write(sandbox.metadata()),
        sandbox.startedAt().toEpochMilli(),
        sandbox.deadline().map(Instant::toEpochMilli).orElse(null),
        sandbox.endedAt().map(Instant::toEpochMilli).orElse(null),
        sandbox.failureReason().map(FailureReasons::storable).orElse(null),
        sandbox.settings().timeout().toSeconds(),
        sandbox.settings().autoPause() ? 1 : 0,
        sandbox.settings().secure() ? 1 : 0,
        sandbox.settings().maskRequestHost().orElse(null),
        sandbox.settings().vaultInject() ? 1 : 0,
        NetworkPolicyJson.write(sandbox.settings().network()),
        LlmGrantJson.write(sandbox.settings().llm()),
        sandbox.machineKind().map(kind -> kind.vmm().text()).orElse(null),
        sandbox.machineKind().map(kind -> kind.accelerator().text()).orElse(null));
  }
}
