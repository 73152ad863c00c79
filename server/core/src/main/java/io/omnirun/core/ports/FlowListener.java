package io.omnirun.core.ports;

import io.omnirun.model.EgressEvent;
import io.omnirun.model.MachineId;
import java.net.Inet4Address;

/**
 * Is told what guests with links send anywhere but to this server. Called by one thread at a time;
 * must not wait. Some of it may be missed, and nothing is told of what was before.
 */
public interface FlowListener {
  /** For who wants to know nothing. */
  FlowListener NONE =
      new FlowListener() {
        @Override
        public void opened(MachineId machine, long flow, Target target) {}

        @Override
        public void ended(MachineId machine, long flow, long bytesUp, long bytesDown) {}

        @Override
        public void blocked(MachineId machine, Target target, EgressEvent.Reason reason) {}

        @Override
        public void more(MachineId machine, long opened, long blocked) {}
      };

  /**
   * Where something is to go.
   *
   * @param protocol {@code tcp}, {@code udp}, {@code icmp} or a number
   * @param port 0 for protocols without
   */
  record Target(String protocol, Inet4Address address, int port) {}

  /**
   * A guest has begun to send somewhere.
   *
   * @param flow no other flow of the machine has this number until this one has ended
   */
  void opened(MachineId machine, long flow, Target target);

  /** A flow has ended; its machine may have ended before. */
  void ended(MachineId machine, long flow, long bytesUp, long bytesDown);

  /** A guest wanted to send somewhere and may not. */
  void blocked(MachineId machine, Target target, EgressEvent.Reason reason);

  /** So many more flows and refusals there were than could be told one by one. */
  void more(MachineId machine, long opened, long blocked);
}
