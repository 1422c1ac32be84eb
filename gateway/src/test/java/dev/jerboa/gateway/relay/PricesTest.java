package dev.jerboa.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.gateway.dialect.ClientForm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many replies money is held back for. */
class PricesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            CHAT | {'n': 3} | 3
            CHAT | {'n': 1000000} | 1000000
            CHAT | {'n': 0} | 1
            CHAT | {'n': '200'} | 200
            CHAT | {'prompt': ['a', 'b']} | 1
            COMPLETIONS | {'prompt': 'a', 'best_of': 20} | 20
            COMPLETIONS | {'prompt': ['a', 'b', 'c']} | 3
            COMPLETIONS | {'prompt': ['a', 'b', 'c'], 'n': 2} | 6
            COMPLETIONS | {'prompt': [[1, 2], [3]], 'n': 2} | 4
            COMPLETIONS | {'prompt': [1, 2, 3]} | 1
            """)
    void replies(ClientForm form, String body, long choices) {
        assertThat(Prices.choices(Scene.request(form, body.replace('\'', '"')))).isEqualTo(choices);
    }
}
