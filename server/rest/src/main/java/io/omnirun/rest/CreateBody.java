package io.omnirun.rest;

import io.omnirun.core.CreateRequest;
import io.omnirun.http.JsonFields;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The body of {@code POST /sandboxes}. */
final class CreateBody {
  /** What a client gets that names no template, as the public SDK has it. */
  static final String DEFAULT_TEMPLATE = "python-3.11";

  /** A longer name is no template's, and names go into messages. */
  static final int MAX_TEMPLATE_NAME_LENGTH = 128;

  /** More than any machine has: what a template really has is for the core to say. */
  static final int MAX_CPU_COUNT = 1_024;

  /** 16 TiB, more than any machine has. */
  static final int MAX_MEMORY_MB = 16 * 1024 * 1024;

  /** The same of disks. */
  static final int MAX_DISK_MB = 16 * 1024 * 1024;

  private CreateBody() {}

  /**
   * @throws io.omnirun.model.OmniRunException naming the field that is wrong
   */
  static CreateRequest parse(JsonFields body) {
    LaterFields.check(body);
    Map<String, String> metadata = Metadata.parse(body);
    return new CreateRequest(
        template(body),
        Timeouts.ofSandbox(body),
        size(body.optionalInteger("cpuCount", 1, MAX_CPU_COUNT)),
        size(body.optionalInteger("memoryMB", 1, MAX_MEMORY_MB)),
        size(body.optionalInteger("diskMB", 1, MAX_DISK_MB)),
        EnvironmentVariables.parse(body, "envVars"),
        metadata,
        body.flag("autoPause"),
        body.flag("secure"),
        MaskedHost.parse(body),
        vaultInject(body, metadata),
        NetworkBody.ofCreate(body),
        LlmBody.ofCreate(body));
  }

  /** Clients whose SDK has no such field say it as a label. */
  private static boolean vaultInject(JsonFields body, Map<String, String> metadata) {
    return body.flag("vaultInject") || "true".equals(metadata.get("vaultInject"));
  }

  private static String template(JsonFields body) {
    Optional<String> template = body.optionalString("template");
    Optional<String> templateId = body.optionalString("templateID");
    if (template.isPresent() && templateId.isPresent() && !template.equals(templateId)) {
      throw InvalidRequest.because("\"template\" and \"templateID\" name two templates: send one");
    }
    String name = template.or(() -> templateId).orElse(DEFAULT_TEMPLATE);
    if (name.isEmpty() || name.length() > MAX_TEMPLATE_NAME_LENGTH) {
      throw InvalidRequest.because(
          "a template's name has 1 to %d characters; GET /status lists them"
              .formatted(MAX_TEMPLATE_NAME_LENGTH));
    }
    return name;
  }

  private static int size(OptionalInt wanted) {
    return wanted.orElse(0);
  }
}
