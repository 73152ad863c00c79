package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.OmniRunException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParametersTest {
  @Test
  void namesAndValuesAreDecoded() {
    QueryParameters query = QueryParameters.parse("p%61th=%2Ftmp%2Fa+b%E2%82%AC&empty&x==y&&");

    assertThat(query.optional("path")).hasValue("/tmp/a b€");
    assertThat(query.optional("empty")).hasValue("");
    assertThat(query.optional("x")).hasValue("=y");
    assertThat(query.optional("missing")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%4", "a=%zz", "a=%FF", "%C3=a", "a=%ED%A0%80", "a=%C0%AF"})
  void brokenEncodingIsRefused(String raw) {
    assertThatThrownBy(() -> QueryParameters.parse(raw))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("percent-encoded");
  }

  @Test
  void aParameterThatIsReadMustNotBeThereTwice() {
    QueryParameters query = QueryParameters.parse("a=1&a=2&b=3");

    assertThat(query.required("b")).isEqualTo("3");
    assertThatThrownBy(() -> query.optional("a"))
        .hasMessageContaining("\"a\" is there more than once");
  }

  @ParameterizedTest
  @ValueSource(strings = {"n=", "n=0", "n=11", "n=1.0", "n=x", "n=99999999999", "n=%EF%BC%91x"})
  void anIntegerMustBeOneAndInRange(String raw) {
    assertThatThrownBy(() -> QueryParameters.parse(raw).optionalInteger("n", 1, 10))
        .isInstanceOf(OmniRunException.class)
        .hasMessageContaining("\"n\" must be a whole number from 1 to 10");
  }

  @Test
  void aLongMayNeedMoreThan32Bits() {
    assertThat(QueryParameters.parse("n=4294967296").optionalLong("n", 0, Long.MAX_VALUE))
        .hasValue(4_294_967_296L);
    assertThat(QueryParameters.parse("").optionalLong("n", 0, Long.MAX_VALUE)).isEmpty();
    assertThatThrownBy(
            () ->
                QueryParameters.parse("n=9223372036854775808").optionalLong("n", 0, Long.MAX_VALUE))
        .isInstanceOf(OmniRunException.class);
  }
}
