package io.omnirun.guest.buffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteRingTest {
  private final ByteRing ring = new ByteRing();

  private static ByteBuffer bytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }

  private static byte[] takeAll(ByteRing ring) {
    byte[] all = new byte[ring.count()];
    assertThat(ring.take(ByteBuffer.wrap(all))).isEqualTo(all.length);
    return all;
  }

  @Test
  void aNewRingHoldsNothing() {
    assertThat(ring.capacity()).isZero();
    assertThat(ring.take(ByteBuffer.allocate(1))).isZero();
    assertThatThrownBy(() -> ring.put(bytes(1))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ring.drop(1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void itsCapacityIsDoubledUpToItsLimit() {
    assertThat(ByteRing.capacityFor(1, 100_000)).isEqualTo(4096);
    assertThat(ByteRing.capacityFor(4097, 100_000)).isEqualTo(8192);
    assertThat(ByteRing.capacityFor(90_000, 100_000)).isEqualTo(100_000);
    assertThat(ByteRing.capacityFor(1_000_000, 100_000)).isEqualTo(100_000);
    assertThat(ByteRing.capacityFor(1, 100)).isEqualTo(100);
  }

  @Test
  void aSmallerRingKeepsTheNewest() {
    ring.resize(4);
    ring.put(bytes(1, 2, 3, 4));
    ring.drop(2);
    ring.put(bytes(5, 6));
    ring.resize(3);

    assertThat(ring.capacity()).isEqualTo(3);
    assertThat(takeAll(ring)).containsExactly(4, 5, 6);
  }

  @Test
  void whatIsPutInComesOutInOrderWhateverHappensBetween() {
    Random random = new Random(1);
    byte[] model = new byte[0];
    for (int step = 0; step < 20_000; step++) {
      switch (random.nextInt(4)) {
        case 0 -> {
          byte[] added = new byte[random.nextInt(ring.capacity() - model.length + 1)];
          random.nextBytes(added);
          ring.put(ByteBuffer.wrap(added));
          byte[] joined = Arrays.copyOf(model, model.length + added.length);
          System.arraycopy(added, 0, joined, model.length, added.length);
          model = joined;
        }
        case 1 -> {
          byte[] taken = new byte[random.nextInt(20)];
          int count = ring.take(ByteBuffer.wrap(taken));
          assertThat(count).isEqualTo(Math.min(taken.length, model.length));
          assertThat(Arrays.copyOf(taken, count)).isEqualTo(Arrays.copyOf(model, count));
          model = Arrays.copyOfRange(model, count, model.length);
        }
        case 2 -> {
          int dropped = random.nextInt(model.length + 1);
          ring.drop(dropped);
          model = Arrays.copyOfRange(model, dropped, model.length);
        }
        default -> {
          int capacity = random.nextInt(50);
          ring.resize(capacity);
          model = Arrays.copyOfRange(model, Math.max(0, model.length - capacity), model.length);
        }
      }
      assertThat(ring.count()).isEqualTo(model.length);
    }
    assertThat(takeAll(ring)).isEqualTo(model);
  }
}
