package io.omnirun.testkit.firecracker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What {@code GET /vm/config} answers: the part that drivers look at. */
final class FakeConfigText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private FakeConfigText() {}

  static String of(Configuration configuration) {
    ObjectNode all = JSON.createObjectNode();
    all.putObject("machine-config")
        .put("vcpu_count", configuration.vcpus)
        .put("mem_size_mib", configuration.memoryMib);
    configuration.drives.forEach(
        (id, drive) ->
            all.withArray("drives")
                .addObject()
                .put("drive_id", id)
                .put("path_on_host", drive.path())
                .put("is_read_only", drive.readOnly())
                .put("is_root_device", drive.root()));
    configuration.taps.forEach(
        (id, tap) ->
            all.withArray("network-interfaces")
                .addObject()
                .put("iface_id", id)
                .put("host_dev_name", tap));
    configuration.vsockPath.forEach(
        path -> all.putObject("vsock").put("guest_cid", 3).put("uds_path", path));
    configuration.balloon.forEach(balloon -> describe(balloon, all.putObject("balloon")));
    return all.toString();
  }

  /** What {@code GET /balloon} answers. */
  static String of(Configuration.Balloon balloon) {
    return describe(balloon, JSON.createObjectNode()).toString();
  }

  private static ObjectNode describe(Configuration.Balloon balloon, ObjectNode target) {
    return target
        .put("amount_mib", balloon.amountMib())
        .put("deflate_on_oom", balloon.deflateOnOom())
        .put("free_page_reporting", balloon.freePageReporting());
  }
}
