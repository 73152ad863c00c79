package io.omnirun.guest.agent;

import io.omnirun.guest.*;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TmpLatencyTest {
  @TempDir Path folder;

  @Test
  void raw() throws Exception {
    try (GoProgram program = GoProgram.agent(folder.resolve("vmm.sock"));
        MuxFront front =
            MuxFront.open(
                folder.resolve("vmm.sock"), folder.resolve("f.sock"), true, Duration.ofSeconds(60));
        SocketChannel s = new GuestChannel(folder.resolve("f.sock")).dial(65537, Duration.ofSeconds(9))) {
      byte[] req =
          ("POST /omnirun.guest.v1.Guest/Health HTTP/1.1\r\nHost: guest\r\nContent-Type: application/proto\r\nConnect-Protocol-Version: 1\r\nContent-Length: 0\r\n\r\n")
              .getBytes();
      ByteBuffer in = ByteBuffer.allocate(65536);
      for (int round = 0; round < 4; round++) {
        long t = System.nanoTime();
        int reads = 0;
        for (int i = 0; i < 2000; i++) {
          s.write(ByteBuffer.wrap(req));
          in.clear();
          // until a full answer: headers + content-length
          while (true) {
            s.read(in);
            reads++;
            String text = new String(in.array(), 0, in.position());
            int h = text.indexOf("\r\n\r\n");
            if (h < 0) continue;
            int cl = text.indexOf("Content-Length: ");
            int n = Integer.parseInt(text.substring(cl + 16, text.indexOf("\r\n", cl)));
            if (in.position() >= h + 4 + n) break;
          }
        }
        System.out.printf("raw: %.0f us, %d reads%n", (System.nanoTime() - t) / 1e3 / 2000, reads);
      }
      System.out.println(new String(in.array(), 0, in.position()).replaceAll("[^ -~\n]", "."));
      GuestHttp http = GuestHttp.start();
      AgentClient agent = new AgentClient(http, folder.resolve("f.sock"), () -> "");
      for (int round = 0; round < 4; round++) {
        long t = System.nanoTime();
        for (int i = 0; i < 2000; i++) {
          agent.health();
        }
        System.out.printf("jetty: %.0f us%n", (System.nanoTime() - t) / 1e3 / 2000);
      }
      for (int round = 0; round < 4; round++) {
        long t = System.nanoTime();
        for (int i = 0; i < 2000; i++) {
          http.request(folder.resolve("f.sock"), 65537, "/omnirun.guest.v1.Guest/Health").method("POST").body(new org.eclipse.jetty.client.BytesRequestContent("application/proto", new byte[0])).send();
        }
        System.out.printf("jetty buffered: %.0f us%n", (System.nanoTime() - t) / 1e3 / 2000);
      }
      http.close();
    }
  }
}
