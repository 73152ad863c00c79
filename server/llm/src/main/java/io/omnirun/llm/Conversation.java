package io.omnirun.llm;

import io.omnirun.llm.openai.PromptSize;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ProviderRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** A caller's request: how it is put to a provider, and how the provider's words are put back. */
public interface Conversation {
  /** The model that is asked for, by whatever name. */
  String model();

  boolean isStreamed();

  PromptSize prompt();

  /** Of each choice; empty: what the model has. */
  OptionalLong maxCompletionTokens();

  /** How many answers are wanted. */
  int choices();

  /**
   * The request as a provider takes it.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if that provider has no such thing
   */
  ProviderRequest request(Candidate candidate);

  /**
   * Reads an answer.
   *
   * @throws IOException if it is none
   * @throws io.omnirun.model.OmniRunException as {@link ProviderFailure#asException} if it tells of
   *     a failure
   */
  WholeAnswer whole(Candidate candidate, byte[] body) throws IOException;

  /** What reads the stream of a provider. */
  EventTranslator stream(Candidate candidate);

  /** A provider's error, as the caller's protocol has it; empty if it is none of its protocol. */
  Optional<byte[]> error(Candidate candidate, int status, byte[] body);
}
