package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An event of a stream of Anthropic's.
 *
 * @param type of the event's line, which {@code data} has too
 */
public record AnthropicEvent(String type, ObjectNode data) {}
