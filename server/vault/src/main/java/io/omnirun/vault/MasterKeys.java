package io.omnirun.vault;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Some master keys by id, the newest first. As text one line each, {@code id key}, the key in
 * Base64; there is one, and while a rotation is under way there are two.
 */
final class MasterKeys {
  private static final Pattern ID = Pattern.compile("mk_[0-9a-f]{32}");
  private static final int MAX_KEYS = 8;

  private final Map<String, byte[]> keys;

  private MasterKeys(Map<String, byte[]> keys) {
    this.keys = keys;
  }

  static MasterKeys none() {
    return new MasterKeys(Map.of());
  }

  /**
   * @throws OmniRunException CONFIGURATION_INVALID if it is no such text
   */
  static MasterKeys parse(String text) {
    Map<String, byte[]> keys = new LinkedHashMap<>();
    for (String line : text.strip().split("\n", -1)) {
      String[] parts = line.strip().split(" ", 2);
      byte[] key = parts.length == 2 ? decode(parts[1]) : new byte[0];
      if (key.length != AesGcm.KEY_BYTES || !ID.matcher(parts[0]).matches()) {
        throw malformed(Optional.empty());
      }
      keys.put(parts[0], key);
    }
    if (keys.size() > MAX_KEYS) {
      throw malformed(Optional.empty());
    }
    return new MasterKeys(keys);
  }

  private static byte[] decode(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw malformed(Optional.of(e));
    }
  }

  private static OmniRunException malformed(Optional<Exception> cause) {
    String message =
        "the file with the vault's master key does not hold lines of an id and a key: put the right one"
            + " back into the state directory";
    return cause
        .map(e -> new OmniRunException(ErrorCode.CONFIGURATION_INVALID, message, e))
        .orElseGet(() -> new OmniRunException(ErrorCode.CONFIGURATION_INVALID, message));
  }

  /** The same with a new key before them. */
  MasterKeys withNewKey() {
    Map<String, byte[]> more = new LinkedHashMap<>();
    more.put("mk_" + UUID.randomUUID().toString().replace("-", ""), AesGcm.newKey());
    more.putAll(keys);
    return new MasterKeys(more);
  }

  /**
   * The same with those of others behind them that they have not; of more than may be, the first.
   */
  MasterKeys before(MasterKeys others) {
    Map<String, byte[]> more = new LinkedHashMap<>(keys);
    others.keys.forEach(
        (id, key) -> {
          if (more.size() < MAX_KEYS) {
            more.putIfAbsent(id, key);
          }
        });
    return new MasterKeys(more);
  }

  /** Of them this one alone. */
  MasterKeys only(String id) {
    return new MasterKeys(Map.of(id, key(id).orElseThrow()));
  }

  List<String> ids() {
    return List.copyOf(keys.keySet());
  }

  Optional<byte[]> key(String id) {
    return Optional.ofNullable(keys.get(id));
  }

  String text() {
    List<String> lines = new ArrayList<>();
    keys.forEach((id, key) -> lines.add(id + " " + Base64.getEncoder().encodeToString(key) + "\n"));
    return String.join("", lines);
  }

  /** Leaves the keys out. */
  @Override
  public String toString() {
    return "MasterKeys" + ids();
  }
}
