package dev.jerboa.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class SectionTest {
    @Test
    void whatIsMissingIsToldWithTheLineOfItsSection() {
        Section section = Section.parse("a: 1\nb:\n  c: 2\n", "file.yaml");
        assertThatThrownBy(() -> section.section("b").text("d"))
                .isInstanceOf(ModelException.class)
                .hasMessage("file.yaml:2: b.d is missing, expected a text");
        assertThat(section.where("b")).isEqualTo("file.yaml:2");
        assertThat(section.section("b").where()).isEqualTo("file.yaml:2");
        assertThat(section.section("b").where("c")).isEqualTo("file.yaml:3");
    }

    /** What stands around an error may be a secret. */
    @Test
    void errorsOfYamlDoNotQuoteTheFile() {
        assertThatThrownBy(() -> Section.parse("secret: hunter2\nlist: [1\n", "file.yaml"))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("file.yaml:3: not readable as YAML: ")
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void deepNestingIsRefused() {
        for (String open : List.of("[", "{a: ", "- ", "? ")) {
            assertThatThrownBy(() -> Section.parse(open.repeat(50_000), "file.yaml"))
                    .as(open)
                    .isInstanceOf(ModelException.class);
        }
        assertThat(Section.parse("a: " + "[".repeat(60) + "]".repeat(60), "file.yaml")
                        .keys())
                .containsExactly("a");
    }

    @Test
    void decimalsHaveAllTheirDigits() {
        Section section = Section.parse("{a: 0.123456789012, b: 1_000.5, c: 1e99, d: many}", "file.yaml");
        assertThat(section.decimal("a")).isEqualTo(new BigDecimal("0.123456789012"));
        assertThat(section.decimal("b")).isEqualTo(new BigDecimal("1000.5"));
        assertThatThrownBy(() -> section.decimal("c")).hasMessageContaining("at most 40 digits");
        assertThatThrownBy(() -> section.decimal("d")).hasMessageContaining("expected a number");
    }

    @Test
    void keysThatNobodyAskedForAreRefused() {
        Section section = Section.parse("a:\n  b: 1\n  c: 2\n", "file.yaml");
        section.section("a").text("b");
        assertThatThrownBy(section::end).hasMessage("file.yaml:3: unknown key a.c");
    }
}
