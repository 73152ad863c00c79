package io.omnirun.llm;

import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ProviderRequest;
import java.io.IOException;
import java.util.Optional;

/**
 * Carries one caller's request to providers of one protocol, and their words back into the
 * caller's.
 */
public interface Carrier {
  /**
   * The request as a provider takes it.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST if its protocol has no such thing
   */
  ProviderRequest request(Candidate candidate);

  /**
   * Reads an answer that is no stream.
   *
   * @throws IOException if it is none
   * @throws io.omnirun.model.OmniRunException as {@link ProviderFailure#asException} if it tells of
   *     a failure
   */
  WholeAnswer whole(byte[] body) throws IOException;

  /** What reads the stream of a provider. */
  EventTranslator stream();

  /** A provider's error, as the caller's protocol has it; empty if it is none of its protocol. */
  Optional<byte[]> error(int status, byte[] body);
}
