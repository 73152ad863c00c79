package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.AuditAction;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmGrant;
import java.util.Arrays;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The document itself; that answers keep to it, {@link RestServer} checks in every test. */
class OpenApiTest {
  private final OpenApiContract contract = new OpenApiContract();

  @Test
  void describesEveryRouteAndNoOther() throws Exception {
    try (RestServer server = new RestServer()) {
      assertThat(contract.operations()).containsExactlyInAnyOrderElementsOf(server.router.routes());
    }
  }

  @Test
  void namesEveryErrorCodeAndNoOther() {
    assertThat(
            StreamSupport.stream(
                    contract.at("/components/schemas/Error/properties/code/enum").spliterator(),
                    false)
                .map(node -> node.textValue()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(ErrorCode.values()).map(ErrorCode::slug).toList());
  }

  @Test
  void namesEveryActionOfTheAuditAndNoOther() {
    assertThat(
            StreamSupport.stream(
                    contract.at("/components/schemas/AuditAction/enum").spliterator(), false)
                .map(node -> node.textValue()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(AuditAction.values()).map(AuditAction::text).toList());
  }

  @Test
  void itsBoundsAreThoseOfTheServer() {
    assertBound("Timeout/maximum", Timeouts.MAX_SECONDS);
    assertBound("Path/maxLength", GuestNames.MAX_PATH_BYTES);
    assertBound("User/maxLength", GuestNames.MAX_USER_LENGTH);
    assertBound("EnvironmentVariables/maxProperties", EnvironmentVariables.MAX_COUNT);
    assertBound("Metadata/maxProperties", Metadata.MAX_COUNT);
    assertBound("Metadata/propertyNames/maxLength", Metadata.MAX_KEY_LENGTH);
    assertBound("Metadata/additionalProperties/maxLength", Metadata.MAX_VALUE_LENGTH);
    assertBound("RunCommand/properties/command/maxLength", CommandBody.MAX_COMMAND_BYTES);
    assertBound("Code/maxLength", CodeBody.MAX_CODE_BYTES);
    assertBound("MakeFileUrl/properties/ttl/maximum", SignedFileRoutes.MAX_SECONDS);
    assertBound("OpenTerminal/properties/cols/maximum", TerminalBody.MAX_SIDE);
    assertBound("TerminalSize/properties/rows/maximum", TerminalBody.MAX_SIDE);
    assertBound("CreateSandbox/properties/cpuCount/maximum", CreateBody.MAX_CPU_COUNT);
    assertBound("CreateSandbox/properties/memoryMB/maximum", CreateBody.MAX_MEMORY_MB);
    assertBound("CreateSandbox/properties/llm/properties/models/maxItems", LlmGrant.MAX_MODELS);
    assertBound(
        "CreateSandbox/properties/llm/properties/models/items/maxLength", LlmBody.MAX_MODEL_LENGTH);
    assertBound("CreateSandbox/properties/template/maxLength", CreateBody.MAX_TEMPLATE_NAME_LENGTH);
    assertThat(contract.at("/paths/~1audit/get/parameters/0/schema/maximum").intValue())
        .isEqualTo(AuditQueryParameters.MAX_LIMIT);
    assertThat(contract.at("/paths/~1sandboxes/get/parameters/0/schema/maximum").intValue())
        .isEqualTo(SandboxListQuery.MAX_LIMIT);
    assertThat(
            contract
                .at("/paths/~1sandboxes~1{id}~1files~1list/get/parameters/2/schema/maximum")
                .intValue())
        .isEqualTo(DirectoryRoutes.MAX_DEPTH);
  }

  private void assertBound(String pointer, int value) {
    assertThat(contract.at("/components/schemas/" + pointer).intValue())
        .as(pointer)
        .isEqualTo(value);
  }

  @Test
  void anAnswerThatIsNotAsDescribedIsFound() {
    String path = "/sandboxes/sb_x";
    assertThat(contract.violations("GET", path, 418, "")).isNotEmpty();
    assertThat(contract.violations("GET", path, 404, "{\"error\":\"a\"}")).isNotEmpty();
    assertThat(contract.violations("GET", "/status", 200, "{\"node_id\":1}")).isNotEmpty();
    assertThat(contract.violations("DELETE", path, 204, "x")).isNotEmpty();
    assertThat(contract.violations("DELETE", path, 204, "")).isEmpty();
  }
}
