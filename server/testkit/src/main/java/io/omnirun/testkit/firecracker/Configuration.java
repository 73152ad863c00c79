package io.omnirun.testkit.firecracker;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a machine of the fake is made of: what Firecracker keeps in a snapshot's state, paths and
 * names as they were given.
 */
final class Configuration {
  /** A balloon. */
  record Balloon(
      @JsonProperty("amountMib") int amountMib,
      @JsonProperty("deflateOnOom") boolean deflateOnOom,
      @JsonProperty("freePageReporting") boolean freePageReporting) {}

  /** A drive. */
  record Drive(
      @JsonProperty("path") String path,
      @JsonProperty("readOnly") boolean readOnly,
      @JsonProperty("root") boolean root) {}

  @JsonProperty int vcpus = 1;
  @JsonProperty int memoryMib = 128;
  @JsonProperty Map<String, Drive> drives = new LinkedHashMap<>();
  @JsonProperty Map<String, String> taps = new LinkedHashMap<>();
  @JsonProperty List<String> vsockPath = new ArrayList<>();
  @JsonProperty List<Balloon> balloon = new ArrayList<>();
  @JsonProperty List<String> kernel = new ArrayList<>();
}
