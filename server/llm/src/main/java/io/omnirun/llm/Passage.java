package io.omnirun.llm;

import io.omnirun.http.Exchange;

/** One call on its way: who is answered, in whose words, and what is known of it. */
record Passage(
    Exchange exchange, Dialect dialect, Conversation conversation, Call call, AnswerBound bound) {}
