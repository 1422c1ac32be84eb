package dev.jerboa.model.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Templates from strangers end in bounded time and memory, with a text or a {@link TemplateException}. */
class HostileTemplatesTest {
    /** Tight, so that reaching each limit is quick. */
    private static final TemplateLimits LIMITS = new TemplateLimits(1 << 20, 250, 2_000_000, 16 << 20, 1 << 20, 1000);

    static Stream<String> bombs() {
        String doubling = "{% set ns = namespace(v=%s) %}{% for i in range(100) %}{% set ns.v = %s %}{% endfor %}";
        return Stream.of(
                bomb(doubling, "'aaaaaaaa'", "ns.v ~ ns.v"),
                bomb(doubling, "'aaaaaaaa'", "ns.v + ns.v"),
                bomb(doubling, "'aaaaaaaa'", "ns.v * 2"),
                bomb(doubling, "'aaaaaaaa'", "ns.v|replace('a', 'aa')"),
                bomb(doubling, "'aaaaaaaa'", "ns.v.replace('', 'bb')"),
                bomb(doubling, "'aaaaaaaa'", "ns.v|join(ns.v)"),
                bomb(doubling, "'aaaaaaaa'", "ns.v.join([ns.v, ns.v])"),
                bomb(doubling, "'aaaaaaaa'", "'%s%s' % (ns.v, ns.v)"),
                bomb(doubling, "'aaaaaaaa'", "'{0}{0}'.format(ns.v)"),
                bomb(doubling, "'<<<<<<<<'", "ns.v ~ (ns.v|e)"),
                bomb(doubling, "'<<<<<<<<'", "ns.v|urlencode ~ ns.v"),
                bomb(doubling, "[1, 2]", "ns.v + ns.v"),
                bomb(doubling, "[1, 2]", "ns.v * 2"),
                bomb(doubling, "(1, 2)", "ns.v + ns.v"),
                bomb(doubling, "'a\\nb'", "ns.v|indent(100000)"),
                bomb(doubling, "[]", "[ns.v, ns.v]") + "{{ ns.v }}",
                bomb(doubling, "[]", "[ns.v, ns.v]") + "{{ ns.v|tojson }}",
                bomb(doubling, "[]", "[ns.v, ns.v]")
                        + bomb(doubling, "[]", "[ns.v, ns.v]").replace("ns", "other")
                        + "{{ ns.v == other.v }}",
                bomb(doubling, "[]", "[ns.v, ns.v]") + "{{ ns.v|pprint }}",
                bomb(doubling, "()", "(ns.v, ns.v)") + "{{ {ns.v: 1} }}",
                bomb(doubling, "[[]]", "[ns.v, ns.v]") + "{% set a = ns.v %}{{ [a + []]|unique|list }}",
                "{% set a = ['x' * 100000] * 1000 %}{{ a|join }}",
                "{{ 'a' * 100000000000 }}",
                "{{ 100000000000 * [0] }}",
                "{{ 'a'.center(2000000000) }}",
                "{{ 'a'|center(2000000000) }}",
                "{{ 'a'.zfill(2000000000) }}",
                "{{ 'a'.ljust(2000000000) }}",
                "{{ '\t\t\t\t'.expandtabs(2000000000)|length }}{{ ('\t' * 100000).expandtabs(10000) }}",
                "{{ '%2000000000d' % 1 }}",
                "{{ '%.2000000000f' % 1 }}",
                "{{ '%.9999f' % 1e300 }}{% for i in range(99999) %}{{ '%.9999f' % 1e300 }}{% endfor %}",
                "{{ '{:2000000000}'.format(1) }}",
                "{{ '{:02000000000,}'.format(1) }}",
                "{{ '{:.2000000000f}'.format(1.5) }}",
                "{{ [1]|batch(2000000000, 'x')|list }}",
                "{{ [1]|slice(2000000000)|list }}",
                "{{ [1]|tojson(indent=2000000000) }}",
                "{{ 'a\nb'|indent(2000000000) }}",
                "{{ strftime_now('%c' * 100000) }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ -9223372036854775807 - 2 }}",
                "{{ 10 ** 400 }}",
                "{{ range(1000000) }}",
                "{{ range(-9223372036854775807, 9223372036854775807, 1)|length }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
                "{% macro a() %}{% call b() %}{{ a() }}{% endcall %}{% endmacro %}{% macro b() %}{{ caller() }}"
                        + "{% endmacro %}{{ a() }}",
                "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999)|list|length }}{% endfor %}",
                "{% for a in range(99999) %}{{ 5 in range(99999)|map('string') }}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999)|sum }}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999)|join }}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999) == range(99999) }}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999)|sort|length }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{{ s.find('b') }}{{ 'b' in s }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{{ s.find('a' * 500000 ~ 'b') }}{{ s.count('a' * 500000 ~ 'b') }}"
                        + "{% for i in range(99999) %}{{ ('a' * 400000 ~ 'b') in s }}{% endfor %}",
                "{% set s = '&' * 1000000 %}{% for i in range(99999) %}{{ s|striptags|length }}{% endfor %}",
                "{% set s = '<' ~ 'a' * 1000000 ~ '>' %}{% for i in range(99999) %}{{ s|striptags }}{% endfor %}",
                "{% set s = ' ' * 1000000 %}{% for i in range(99999) %}{{ s|int }}{{ s|float }}{{ s is lower }}"
                        + "{% endfor %}",
                "{% set s = '\\x01' * 1000000 %}{% for i in range(99999) %}{{ [s]|length }}{{ s|tojson|length }}"
                        + "{{ [s]|string|length }}{% endfor %}",
                "{% set s = 'a' * 100000 %}{% for i in range(99999) %}{{ s|wordwrap(1)|length }}{% endfor %}",
                "{% for i in range(99999) %}{{ range(99999)|map('float')|join|length }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{{ s|upper|length }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{{ s == s ~ '' }}{% endfor %}",
                "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{% if s|length %}{% endif %}{{ s[5] }}{% endfor %}",
                "{% set ns = namespace(g=[1]) %}{% for i in range(9999) %}{% set ns.g = ns.g|map('string') %}{% endfor %}"
                        + "{{ ns.g|list }}",
                "{% set ns = namespace(g=[1]) %}{% for i in range(9999) %}{% set ns.g = [ns.g] %}{% endfor %}{{ ns.g }}",
                "{% set ns = namespace(g=1) %}{% for i in range(9999) %}{% set ns.g = (ns.g,) %}{% endfor %}"
                        + "{{ {ns.g: 1} }}",
                "{% set ns = namespace(g=1) %}{% for i in range(9999) %}{% set ns.g = {'a': ns.g} %}{% endfor %}"
                        + "{{ ns.g|tojson }}",
                "{% set ns = namespace(a=1, b=1) %}{% for i in range(9999) %}{% set ns.a = [ns.a] %}"
                        + "{% set ns.b = [ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
                "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
                "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% for j in range(99999) %}"
                        + "{% set ns.l = ns.l + ['x' * 1000] %}{% endfor %}{% endfor %}",
                "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
                "{{ " + "[".repeat(100_000) + "]".repeat(100_000) + " }}",
                "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ " + "-".repeat(100_000) + "1 }}",
                "{{ 1" + " + 1".repeat(100_000) + " }}",
                "{{ 1" + "|abs".repeat(100_000) + " }}",
                "{{ x" + ".y".repeat(100_000) + " }}",
                "{{ x" + "[0]".repeat(100_000) + " }}",
                "{{ x" + "()".repeat(100_000) + " }}",
                "{{ 1" + " if 1 else 1".repeat(100_000) + " }}",
                "{{ 1" + " if 1".repeat(100_000) + " }}",
                "{{ 1" + " is defined".repeat(100_000) + " }}",
                "{{ 1" + " and 1".repeat(100_000) + " }}",
                "{{ 1" + " ** 1".repeat(100_000) + " }}",
                "{{ " + "{1:".repeat(100_000) + " }}",
                "{% set " + "(".repeat(100_000) + " %}",
                "{% if 1 %}".repeat(50_000),
                "{% for a in b %}".repeat(50_000),
                "{% macro a() %}".repeat(50_000),
                "{% generation %}".repeat(50_000),
                "{{ '{" + "{".repeat(50_001) + "}" + "'.format(1) }}",
                "a".repeat((1 << 20) + 1));
    }

    /** The frame with a start value and a step in place of its two marks. */
    private static String bomb(String frame, String start, String step) {
        return frame.replaceFirst("%s", Matcher.quoteReplacement(start))
                .replaceFirst("%s", Matcher.quoteReplacement(step));
    }

    @ParameterizedTest
    @MethodSource("bombs")
    @Timeout(value = 20, unit = TimeUnit.SECONDS)
    void ends(String source) {
        assertThatThrownBy(() -> ChatTemplate.parse(source, "bomb", LIMITS).render(Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageStartingWith("chat template bomb, line ");
    }

    /** Costly by their size alone: whether they fit is open, but not that they end. */
    static Stream<String> large() {
        return Stream.of(
                "{{ 1" + " ~ 1".repeat(50_000) + " }}",
                "{{ 1" + " == 1".repeat(50_000) + " }}",
                "{{ [" + "1,".repeat(100_000) + "]|length }}",
                "{% if 0 %}" + "{% elif 0 %}".repeat(20_000) + "{% endif %}",
                manyNames(),
                "{{ '\\x41' }}".repeat(20_000),
                "{# c #}".repeat(30_000),
                "{%".repeat(100_000),
                "{{ '".repeat(50_000),
                "{% raw %}" + "{% endraw".repeat(20_000),
                "{% raw %}" + "{% ".repeat(60_000),
                "\n ".repeat(100_000) + "{% set a = 1 %}",
                "{{ 'a' }} ".repeat(20_000));
    }

    private static String manyNames() {
        StringBuilder source = new StringBuilder();
        for (int i = 0; i < 6_000; i++) {
            source.append("{% if a%d %}{% set b%d = 1 %}{% endif %}".replace("%d", Integer.toString(i)));
        }
        return source.toString();
    }

    @ParameterizedTest
    @MethodSource("large")
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void largeTemplatesEnd(String source) {
        outcome(source, Map.of("a", 1));
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void damagedPublishedTemplatesRenderOrFailClearly() throws IOException {
        Path folder = SharedFolder.require("oracle/templates");
        Map<String, @Nullable Object> cases = Json.object(folder.resolve("cases.json"));
        List<Map<String, ?>> conversations = new ArrayList<>();
        cases.values().forEach(value -> conversations.add(Json.asObject(value, "case")));
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".jinja")).sorted().toList()) {
                sources.add(Files.readString(file));
            }
        }
        Random random = new Random(7);
        Map<Boolean, Integer> outcomes = new HashMap<>();
        for (int i = 0; i < 3_000; i++) {
            String source = damaged(sources.get(random.nextInt(sources.size())), sources, random);
            boolean rendered = outcome(source, conversations.get(random.nextInt(conversations.size())));
            outcomes.merge(rendered, 1, Integer::sum);
        }
        assertThat(outcomes.getOrDefault(true, 0)).isGreaterThan(300);
        assertThat(outcomes.getOrDefault(false, 0)).isGreaterThan(300);
    }

    private static final Pattern PIECE = Pattern.compile("\\{%-?|-?%}|\\{\\{-?|-?}}|\\w+|\\s+|.", Pattern.DOTALL);

    private static String damaged(String source, List<String> others, Random random) {
        List<String> pieces = new ArrayList<>(pieces(source));
        List<String> donor = pieces(others.get(random.nextInt(others.size())));
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(pieces.size());
            switch (random.nextInt(5)) {
                case 0 -> pieces.remove(at);
                case 1 -> pieces.set(at, donor.get(random.nextInt(donor.size())));
                case 2 -> pieces.add(at, donor.get(random.nextInt(donor.size())));
                case 3 -> pieces.add(at, pieces.get(at));
                default -> pieces.set(at, Character.toString(random.nextInt(0x3000)));
            }
        }
        return String.join("", pieces);
    }

    private static List<String> pieces(String source) {
        return PIECE.matcher(source).results().map(result -> result.group()).toList();
    }

    /** Whether it rendered; anything thrown but a {@link TemplateException} fails the test. */
    private static boolean outcome(String source, Map<String, ?> variables) {
        try {
            assertThat(ChatTemplate.parse(source, "t", LIMITS).render(variables))
                    .isNotNull();
            return true;
        } catch (TemplateException e) {
            assertThat(e.reason()).isNotBlank();
            return false;
        }
    }

    @Test
    void aSmallStackEndsInAnErrorToo() throws InterruptedException {
        List<@Nullable Throwable> thrown = new ArrayList<>();
        Runnable deep = () -> {
            try {
                ChatTemplate.parse("{% macro m() %}{{ [[[m()]]]|join|upper }}{% endmacro %}{{ m() }}", "deep")
                        .render(Map.of());
            } catch (TemplateException | StackOverflowError e) {
                thrown.add(e);
            }
        };
        Thread thread = new Thread(null, deep, "small stack", 160 << 10);
        thread.start();
        thread.join();
        assertThat(thrown).singleElement().isInstanceOf(TemplateException.class);
    }
}
