package io.omnirun.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import io.omnirun.http.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The document {@code api/openapi.yaml}, and whether answers keep to it. */
final class OpenApiContract {
  private static final Path DOCUMENT = Path.of("../../api/openapi.yaml");
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  /** Errors that the document's introduction says may come from any operation. */
  private static final List<String> COMMON_CODES =
      Stream.of(
              "key_in_url",
              "insufficient_scope",
              "account_suspended",
              "cross_site_request",
              "database_unavailable")
          .map("\"code\":\"%s\""::formatted)
          .toList();

  private static final String BASE = "urn:omnirun:openapi";

  private final ObjectMapper mapper = new ObjectMapper();
  private final JsonNode document;
  private final JsonSchemaFactory schemas;

  OpenApiContract() {
    try {
      document = new YAMLMapper().readTree(DOCUMENT.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String text = document.toString();
    schemas =
        JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder ->
                builder.schemaLoaders(
                    loaders -> loaders.schemas(uri -> BASE.equals(uri) ? text : null)));
  }

  /** Every method and path that the document describes. */
  List<Router.Route> operations() {
    List<Router.Route> operations = new ArrayList<>();
    document
        .get("paths")
        .forEachEntry(
            (path, item) ->
                item.forEachEntry(
                    (method, operation) -> {
                      if (METHODS.contains(method)) {
                        operations.add(new Router.Route(method.toUpperCase(Locale.ROOT), path));
                      }
                    }));
    return operations;
  }

  /** A part of the document. */
  JsonNode at(String pointer) {
    return document.at(pointer);
  }

  /** What is wrong with an answer; empty if nothing is. Answers of no operation pass. */
  List<String> violations(String method, String path, int status, String body) {
    return operations().stream()
        .filter(operation -> operation.method().equals(method))
        .filter(operation -> matches(operation.template(), path))
        .findFirst()
        .map(operation -> violations(operation, status, body))
        .orElse(List.of());
  }

  private static boolean matches(String template, String path) {
    String pattern = template.replaceAll("\\{[a-z]+}", "\\\\E[^/]+\\\\Q");
    return Pattern.matches("\\Q" + pattern + "\\E", path);
  }

  private List<String> violations(Router.Route operation, int status, String body) {
    String pointer =
        "/paths/%s/%s/responses/%d"
            .formatted(
                operation.template().replace("/", "~1"),
                operation.method().toLowerCase(Locale.ROOT),
                status);
    if (isCommonToAll(status) || COMMON_CODES.stream().anyMatch(body::contains)) {
      return validate("/components/schemas/Error", body);
    }
    if (document.at(pointer).isMissingNode()) {
      return List.of("status " + status + " of " + operation + " is not described");
    }
    JsonNode reference = document.at(pointer).path("$ref");
    String response = reference.isTextual() ? reference.textValue().substring(1) : pointer;
    JsonNode content = document.at(response).path("content");
    if (content.has("text/html")
        || content.has("text/event-stream")
        || content.has("application/octet-stream")) {
      return List.of();
    }
    if (!content.isMissingNode()) {
      return validate(response + "/content/application~1json/schema", body);
    }
    return body.isEmpty() ? List.of() : List.of("there is a body, none is described");
  }

  /** What the document's introduction says of all paths. */
  private static boolean isCommonToAll(int status) {
    return Set.of(405, 408, 414, 431, 500).contains(status);
  }

  private List<String> validate(String pointer, String body) {
    try {
      return schemas
          .getSchema(SchemaLocation.of(BASE + "#" + pointer))
          .validate(mapper.readTree(body))
          .stream()
          .map(ValidationMessage::toString)
          .toList();
    } catch (IOException e) {
      return List.of("not JSON: " + e.getMessage());
    }
  }
}
