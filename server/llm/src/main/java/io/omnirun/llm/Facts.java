package io.omnirun.llm;

import java.util.OptionalLong;

/**
 * What of a request decides where it goes and what it can cost, whatever its protocol.
 *
 * @param model that is asked for, by whatever name
 * @param maxCompletionTokens of each answer; empty: what the model has
 * @param choices how many answers are wanted
 */
public record Facts(
    String model,
    boolean isStreamed,
    PromptSize prompt,
    OptionalLong maxCompletionTokens,
    int choices) {}
