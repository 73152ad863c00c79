package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.server.Reply;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** URLs that move one file of a real guest without a key. */
class SignedFilesTest extends SharedServer {
  private String url(String sandbox, String kind, Map<String, ?> body) {
    return client()
        .post("/sandboxes/" + sandbox + "/files/" + kind + "-url", body)
        .expect(200)
        .text("url");
  }

  private Reply get(String url) {
    return client().send(client().requestWithoutKey(url).GET());
  }

  @Test
  void fileGoesInAndOutWithoutAKeyUntilTheSandboxEnds() {
    String sandbox = client().createSandbox();
    String upload = url(sandbox, "upload", Map.of("path", "dir/a", "user", "user"));
    Reply put =
        client()
            .send(client().requestWithoutKey(upload).PUT(BodyPublishers.ofString("0123456789")));
    assertThat(put.expect(200).json().get("size").intValue()).isEqualTo(10);
    assertThat(client().output(sandbox, "stat -c '%U %s' /home/user/dir /home/user/dir/a"))
        .contains("user 10");

    String download = url(sandbox, "download", Map.of("path", "/home/user/dir/a"));
    assertThat(get(download).expect(200).body()).isEqualTo("0123456789");
    get(upload).expectError(403, "signed_url_invalid");
    get(download + "A").expectError(403, "signed_url_invalid");
    String forbidden = url(sandbox, "download", Map.of("path", "/etc/shadow", "user", "user"));
    get(forbidden).expectError(403, "permission_denied");
    get(url(sandbox, "download", Map.of("path", "/no/such"))).expectError(404, "file_not_found");

    String brief = url(sandbox, "download", Map.of("path", "/home/user/dir/a", "ttl", 1));
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> get(brief).status() == 403);
    get(brief).expectError(403, "signed_url_expired");

    client().delete("/sandboxes/" + sandbox).expect(204);
    get(download).expectError(404, "sandbox_not_found");
  }
}
