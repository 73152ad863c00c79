package io.omnirun.core;

import io.omnirun.model.AccountId;
import io.omnirun.model.ExposureId;
import io.omnirun.model.MachineId;
import io.omnirun.model.SandboxId;
import java.util.Optional;

/**
 * Where the requests to a preview's host name go.
 *
 * @param machine on which the sandbox runs now: connections to a former one are of no use
 * @param port the guest's TCP port on its 127.0.0.1
 * @param exposure the exposure that the name is of; empty: the sandbox's own name was used
 * @param gated only who shows a token that {@link PreviewDirectory#admits} is let in
 * @param preserveHost the guest is to see the host name that the browser has used
 * @param maskedHost the host name that the guest is to see whatever the browser has used
 */
public record PreviewTarget(
    AccountId account,
    SandboxId sandbox,
    MachineId machine,
    int port,
    Optional<ExposureId> exposure,
    boolean gated,
    boolean preserveHost,
    Optional<String> maskedHost) {}
