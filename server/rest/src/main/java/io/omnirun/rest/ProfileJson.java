package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.Account;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.Caller;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.Profile;
import java.io.IOException;

/** What a caller is told of itself. */
final class ProfileJson {
  private ProfileJson() {}

  static void write(JsonGenerator json, Profile profile, Caller caller) throws IOException {
    Account account = profile.account();
    json.writeStartObject();
    json.writeStringField("id", account.id().value());
    json.writeStringField("name", account.name());
    SandboxJson.writeIfThere(json, "email", profile.email().map(EmailAddress::value));
    json.writeBooleanField("administrator", caller.mayAdminister());
    json.writeStringField("createdAt", Timestamps.text(profile.createdAt()));
    json.writeStringField("tokenId", caller.token().id().value());
    TokenRoutes.writeScopes(json, caller.token().scopes());
    writeLimits(json, account.limits());
    json.writeEndObject();
  }

  private static void writeLimits(JsonGenerator json, AccountLimits limits) throws IOException {
    json.writeObjectFieldStart("limits");
    json.writeNumberField("maxConcurrentSandboxes", limits.maxConcurrentSandboxes());
    json.writeNumberField("maxPausedSandboxes", limits.maxPausedSandboxes());
    json.writeNumberField("maxVcpus", limits.maxVcpus());
    json.writeNumberField("maxMemoryMib", limits.maxMemoryMib());
    json.writeNumberField("maxDiskMib", limits.maxDiskMib());
    json.writeNumberField("requestsPerSecond", limits.requestsPerSecond());
    json.writeEndObject();
  }
}
