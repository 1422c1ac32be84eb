package dev.jerboa.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.gateway.GatewayException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyConfigTest {
    private static final String FILE = """
            proxies:
              office: {url: "http://proxy.example.org:3128", user: jerboa, password: "env:PASSWORD", no_proxy: [.example.org, 10.0.0.0/8]}
              lab: {url: "http://10.1.1.1:8080/"}
            """;

    private static ProxyConfig parse(String text, Map<String, String> environment) {
        return GatewayConfig.parse(text, "gateway.yaml", Path.of("/srv"), environment)
                .proxies();
    }

    private static ProxyConfig parse(String text) {
        return parse(text, Map.of());
    }

    private static Optional<String> between(ProxyConfig config, String provider, boolean tls, String host) {
        return config.between(provider, tls, host, tls ? 443 : 80).map(proxy -> proxy.host() + ":" + proxy.port());
    }

    @Test
    void nothingIsBetweenUnlessSomebodySaysSo() {
        assertThat(between(parse("{}"), "deepseek", true, "api.example.com")).isEmpty();
        assertThat(between(parse(FILE), "deepseek", true, "api.example.com")).isEmpty();
    }

    @Test
    void theFileChoosesForAllAndForEach() {
        ProxyConfig config = parse(FILE + """
                proxy: office
                providers:
                  deepseek: {proxy: lab}
                  anthropic: {proxy: none}
                """);
        assertThat(between(config, "openai", true, "api.example.com")).contains("proxy.example.org:3128");
        assertThat(between(config, "openai", false, "api.example.com")).contains("proxy.example.org:3128");
        assertThat(between(config, "openai", true, "models.example.org")).isEmpty();
        assertThat(between(config, "openai", true, "10.2.3.4")).isEmpty();
        assertThat(between(config, "deepseek", true, "api.example.com")).contains("10.1.1.1:8080");
        assertThat(between(config, "anthropic", true, "api.example.com")).isEmpty();
        assertThat(config.between("openai", true, "api.example.com", 443)
                        .orElseThrow()
                        .login())
                .contains(new ProxyServer.Login.Named("jerboa", "env:PASSWORD"));
    }

    @Test
    void thisMachineIsReachedDirectlyUnlessItsProviderSaysOtherwise() {
        ProxyConfig config = parse(FILE + "proxy: office\nproviders: {deepseek: {proxy: office}}\n");
        for (String host : List.of("localhost", "LOCALHOST", "engine.localhost", "127.0.0.1", "127.9.9.9", "[::1]")) {
            assertThat(between(config, "openai", false, host)).as(host).isEmpty();
            assertThat(between(config, "deepseek", false, host)).as(host).isPresent();
        }
    }

    @Test
    void theEnvironmentChoosesWhereTheFileDoesNot() {
        Map<String, String> environment = Map.of(
                "HTTPS_PROXY", "http://mary:secret@proxy.example.org:3128",
                "http_proxy", "plain.example.org:8080",
                "NO_PROXY", "internal.example.org, .corp, 192.168.0.0/16, a b, *bad*");
        ProxyConfig config = parse("{}", environment);
        assertThat(between(config, "openai", true, "api.example.com")).contains("proxy.example.org:3128");
        assertThat(between(config, "openai", false, "api.example.com")).contains("plain.example.org:8080");
        assertThat(between(config, "openai", true, "internal.example.org")).isEmpty();
        assertThat(between(config, "openai", true, "x.corp")).isEmpty();
        assertThat(between(config, "openai", true, "192.168.7.7")).isEmpty();
        assertThat(between(config, "openai", true, "localhost")).isEmpty();
        assertThat(config.toString()).doesNotContain("secret");
        assertThat(between(parse("proxy: none", environment), "openai", true, "api.example.com"))
                .isEmpty();
        assertThat(between(parse(FILE + "proxy: lab", environment), "openai", true, "a.b"))
                .contains("10.1.1.1:8080");
        ProxyConfig own = parse("proxy: none\nproviders: {deepseek: {proxy: environment}}", environment);
        assertThat(between(own, "openai", true, "api.example.com")).isEmpty();
        assertThat(between(own, "deepseek", true, "api.example.com")).contains("proxy.example.org:3128");
    }

    @Test
    void largeLettersAreBeforeSmallOnesAndAnEmptyVariableIsNone() {
        assertThat(between(parse("{}", Map.of("HTTPS_PROXY", "a:1", "https_proxy", "b:2")), "p", true, "x.y"))
                .contains("a:1");
        assertThat(between(parse("{}", Map.of("HTTPS_PROXY", " ", "https_proxy", "b:2")), "p", true, "x.y"))
                .contains("b:2");
        assertThat(between(parse("{}", Map.of("HTTPS_PROXY", "http://a")), "p", true, "x.y"))
                .contains("a:80");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://proxy:3128",
                "socks5://u:hunter22@proxy:1080",
                "http://proxy:3128/path",
                "http://:3128",
                "a b",
                "proxy:70000"
            })
    void aVariableThatIsNoProxyIsAnErrorThatDoesNotShowIt(String value) {
        assertThatThrownBy(() -> parse("{}", Map.of("HTTPS_PROXY", value)))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("the environment variable HTTPS_PROXY")
                .hasMessageContaining("http://[USER:PASSWORD@]HOST:PORT")
                .hasMessageNotContaining(value);
        assertThat(parse("proxy: none", Map.of("HTTPS_PROXY", value)).usual()).isEqualTo(ProxyConfig.Choice.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "proxy: office | expected none, environment, or a name under proxies",
                "proxies: {none: {url: 'http://a:1'}} | but neither none nor environment",
                "proxies: {a: {url: 'http://u:hunter22@a:1'}} | proxies.a.url is no address of a proxy (it is not shown",
                "proxies: {a: {url: 'https://a:1'}} | expected http://HOST:PORT",
                "proxies: {a: {url: 'http://a:1', user: 'x:y', password: 'env:P'}} | a name without ':'",
                "proxies: {a: {url: 'http://a:1', user: x}} | proxies.a.password is missing",
                "proxies: {a: {url: 'http://a:1', user: x, password: hunter22}} | is not the name of a secret",
                "proxies: {a: {url: 'http://a:1', no_proxy: ['10.0.0.0/33']}} | found '10.0.0.0/33'",
                "proxies: {a: {url: 'http://a:1', port: 3}} | unknown key proxies.a.port",
                "proxies: {a: {url: 'http://a:1', password: 'env:P'}} | unknown key proxies.a.password",
                "providers: {deepseek: {proxy: office}} | providers.deepseek.proxy is 'office'",
            })
    void whatCannotBeIsAnErrorWithItsLine(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .hasMessageContaining(message)
                .hasMessageContaining("gateway.yaml:1")
                .hasMessageNotContaining("hunter22");
    }

    @ParameterizedTest
    @CsvSource({
        "example.org, example.org, 443, true",
        "example.org, api.Example.ORG, 443, true",
        ".example.org, example.org, 443, true",
        "*.example.org, api.example.org, 443, true",
        "example.org, badexample.org, 443, false",
        "example.org:8443, example.org, 443, false",
        "example.org:443, api.example.org, 443, true",
        "*, anything, 1, true",
        "*:80, anything, 443, false",
        "10.1.2.3, 10.1.2.3, 80, true",
        "10.1.2.3, 10.1.2.30, 80, false",
        "10.0.0.0/8, 10.255.0.1, 80, true",
        "10.0.0.0/8, 11.0.0.1, 80, false",
        "10.0.0.0/8, 10.example.org, 80, false",
        "192.168.4.0/22, 192.168.7.255, 80, true",
        "192.168.4.0/22, 192.168.8.0, 80, false",
        "0.0.0.0/0, 8.8.8.8, 80, true",
        "0.0.0.0/0, [2001:db8::1], 80, false",
        "2001:db8::/32, [2001:db8:1::1], 80, true",
        "[2001:db8::1]:443, [2001:db8:0::1], 443, true",
        "2001:db8::1, [2001:DB8::1], 80, true",
    })
    void hostsThatAreReachedDirectly(String entry, String host, int port, boolean contained) {
        assertThat(NoProxy.isEntry(entry)).isTrue();
        assertThat(new NoProxy(List.of(entry)).contains(host, port)).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.0/33", "10.0.0.0/-1", "a/8", "*bad*", "a b", "http://a", "-", "[::1"})
    void entriesThatCannotBe(String entry) {
        assertThat(NoProxy.isEntry(entry)).isFalse();
    }
}
