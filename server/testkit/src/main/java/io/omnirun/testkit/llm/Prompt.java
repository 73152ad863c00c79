package io.omnirun.testkit.llm;

import java.util.List;

/**
 * What a request asks for, in whichever protocol.
 *
 * @param model as the request has it
 * @param words of all texts, as the tokens of the prompt
 * @param lastText of the user
 * @param images what is known of each
 * @param tools their names
 * @param toolResults what the last message says that tools have answered
 * @param choices how many answers are wanted
 * @param topLogprobs how many alternatives of each token are wanted, -1 without logprobs
 * @param maxTokens of an answer
 */
record Prompt(
    String model,
    int words,
    String lastText,
    List<String> images,
    List<String> tools,
    List<String> toolResults,
    int choices,
    int topLogprobs,
    int maxTokens,
    boolean streamed,
    boolean usageWanted) {}
