package io.omnirun.llm.request;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.wire.JsonFields;
import io.omnirun.llm.wire.JsonFields.Field;
import io.omnirun.llm.wire.JsonText;
import java.io.IOException;

/** Reads the messages of a request. */
public final class Messages {
  private Messages() {}

  /**
   * The array of them; what stands in it is not looked at.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if there is none
   * @throws IOException if it is no JSON that is taken
   */
  public static JsonNode of(JsonFields fields) throws IOException {
    Field field =
        fields
            .find("messages")
            .orElseThrow(() -> Problems.invalid("field \"messages\" is missing"));
    if (field.type() != JsonToken.START_ARRAY) {
      throw Problems.invalid("field \"messages\" must be an array of messages");
    }
    return JsonText.tree(fields.text(), field);
  }
}
