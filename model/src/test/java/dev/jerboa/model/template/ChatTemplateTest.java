package dev.jerboa.model.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.template.Rendering.Span;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-04T15:06:07Z"), ZoneOffset.UTC);

    @Test
    void knowsTheVariablesThatItReads() {
        ChatTemplate template = ChatTemplate.parse(
                "{% if not thinking is defined %}{% set thinking = false %}{% endif %}{% set mine = 1 %}"
                        + "{% macro m(arg) %}{{ arg }}{{ mine }}{{ inside }}{% endmacro %}"
                        + "{% for x in messages if wanted %}{{ x }}{{ namespace() }}{{ loop.index }}{% endfor %}"
                        + "{{ raise_exception('no') if tools | length > limit }}",
                "x.jinja");
        assertThat(template.variables()).containsExactly("inside", "limit", "messages", "thinking", "tools", "wanted");
    }

    @Test
    void anErrorNamesTemplateLineAndReason() {
        assertThatThrownBy(() -> ChatTemplate.parse("a\n\n{% frobnicate %}", "x.jinja"))
                .hasMessage("chat template x.jinja, line 3: unknown tag 'frobnicate'");
        assertThatThrownBy(() -> ChatTemplate.parse("{{ 1\n|shout }}", "x.jinja"))
                .hasMessage("chat template x.jinja, line 2: No filter named 'shout'.");
        assertThatThrownBy(() -> ChatTemplate.parse("\n{% include 'other' %}", "x.jinja"))
                .hasMessage("chat template x.jinja, line 2: the tag 'include' is not supported in chat templates");
        assertThatThrownBy(
                        () -> ChatTemplate.parse("\n{{ tools.x }}", "x.jinja").render(Map.of()))
                .hasMessage("chat template x.jinja, line 2: 'tools' is undefined");
        assertThatThrownBy(() -> ChatTemplate.parse(
                                "{% for m in l %}\n{% if m %}\n{{ m.upper }}{{ m.shout() }}{% endif %}{% endfor %}",
                                "x.jinja")
                        .render(Map.of("l", List.of("a"))))
                .hasMessage("chat template x.jinja, line 3: 'str object' has no attribute 'shout'");
    }

    @Test
    void raiseExceptionGivesTheTemplatesOwnWords() {
        ChatTemplate template = ChatTemplate.parse("\n{{ raise_exception('No ' ~ role ~ ' here') }}", "x");
        assertThatThrownBy(() -> template.render(Map.of("role", "system")))
                .isInstanceOfSatisfying(TemplateException.class, e -> {
                    assertThat(e.reason()).isEqualTo("No system here");
                    assertThat(e.line()).isEqualTo(2);
                    assertThat(e.template()).isEqualTo("x");
                });
    }

    @Test
    void generationBlocksAreFoundInTheText() {
        String source = "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}"
                + "{% generation %}{{ m.content }}<end>{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}";
        Rendering rendering = ChatTemplate.parse(source, "x")
                .render(
                        Map.of(
                                "messages",
                                List.of(
                                        Map.of("role", "user", "content", "q"),
                                        Map.of("role", "assistant", "content", "a😀"),
                                        Map.of("role", "assistant", "content", "b"))),
                        CLOCK);
        List<String> generated = new ArrayList<>();
        for (Span span : rendering.generated()) {
            generated.add(rendering.text().substring(span.start(), span.end()));
        }
        assertThat(rendering.text()).isEqualTo("<user>q<assistant>a😀<end><assistant>b<end>");
        assertThat(generated).containsExactly("a😀<end>", "b<end>");
    }

    @Test
    void theClocksZoneDecidesTheDate() {
        ChatTemplate template = ChatTemplate.parse("{{ strftime_now('%d %b %Y %H') }}", "x");
        Instant late = Instant.parse("2024-12-31T23:30:00Z");
        assertThat(template.render(Map.of(), Clock.fixed(late, ZoneOffset.UTC)).text())
                .isEqualTo("31 Dec 2024 23");
        assertThat(template.render(Map.of(), Clock.fixed(late, ZoneId.of("Asia/Tokyo")))
                        .text())
                .isEqualTo("01 Jan 2025 08");
    }

    @Test
    void javasOtherNumbersAndNullsAreTakenOtherObjectsRefused() {
        Map<String, Object> variables = new HashMap<>();
        variables.put("i", 3);
        variables.put("f", 0.5f);
        variables.put("none", null);
        variables.put("l", List.of((short) 1, (byte) 2));
        ChatTemplate template = ChatTemplate.parse("{{ i / 2 }} {{ f }} {{ l }} {{ i is integer }}", "x");
        assertThat(template.render(variables)).isEqualTo("1.5 0.5 [1, 2] True");
        assertThatThrownBy(() -> template.render(Map.of("o", List.of(new Object()))))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("the variable 'o' holds a java.lang.Object");
    }

    @Test
    void cyclicVariablesAreRefused() {
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        assertThatThrownBy(() -> ChatTemplate.parse("x", "x").render(Map.of("c", cycle)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("nested deeper than the limit");
    }

    @Test
    void aTemplateNeverChangesItsVariables() {
        List<Object> list = new ArrayList<>(List.of(3L, 1L, 2L));
        Map<String, Object> map = new HashMap<>(Map.of("a", 1L));
        String source = "{% set x = l|sort %}{% set l = l + [4] %}{{ l|reverse|list }}{{ dict(m, b=2) }}{{ l|list }}";
        ChatTemplate.parse(source, "x").render(Map.of("l", list, "m", map));
        assertThat(list).containsExactly(3L, 1L, 2L);
        assertThat(map).containsOnlyKeys("a");
    }

    @Test
    void oneTemplateServesManyThreads() throws Exception {
        ChatTemplate template = ChatTemplate.parse(
                "{% set ns = namespace(t='') %}{% for i in range(n) %}{% set ns.t = ns.t ~ i %}{% endfor %}{{ ns.t|length }}",
                "x");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int n = i % 10;
                results.add(threads.submit(() -> template.render(Map.of("n", n))));
            }
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(Integer.toString(i % 10));
            }
        }
    }

    @Test
    void limitsMustBePositive() {
        assertThatThrownBy(() -> new TemplateLimits(1, 1, 0, 1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
