package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.SecretReference;
import dev.jerboa.settings.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads proxies: those that the file names, and those of the environment ({@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code NO_PROXY}), which
 * hold where the file does not choose.
 */
final class ProxyReader {
    private static final String NONE = "none";
    private static final String ENVIRONMENT = "environment";
    private static final int USUAL_PORT = 80;
    private static final int MOST_PORT = 65_535;

    private final Section file;
    private final Map<String, String> environment;
    private final Map<String, ProxyServer> named = new HashMap<>();

    private final Map<String, ProxyConfig.Choice> own = new HashMap<>();

    ProxyReader(Section file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
        Section proxies = file.sectionOrEmpty("proxies");
        for (String name : proxies.keys()) {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}") || name.equals(NONE) || name.equals(ENVIRONMENT)) {
                throw new GatewayException(
                        proxies.where(name) + ": proxies." + name
                                + " has a name that cannot be, expected letters, digits, '.', '_' and '-', but neither none nor environment");
            }
            named.put(name, server(proxies.section(name)));
        }
    }

    /** What an entry of a provider says. */
    void own(String id, Section provider) {
        if (provider.has("proxy")) {
            own.put(id, choice(provider));
        }
    }

    /** All of it, when every provider was read. */
    ProxyConfig config() {
        return new ProxyConfig(file.has("proxy") ? choice(file) : ofEnvironment(), own);
    }

    private ProxyConfig.Choice choice(Section section) {
        String name = section.text("proxy");
        if (name.equals(NONE)) {
            return ProxyConfig.Choice.NONE;
        }
        if (name.equals(ENVIRONMENT)) {
            return ofEnvironment();
        }
        Optional<ProxyServer> proxy = Optional.ofNullable(named.get(name));
        if (proxy.isEmpty()) {
            throw section.wrong("proxy", "none, environment, or a name under proxies");
        }
        return new ProxyConfig.Choice(proxy, proxy);
    }

    private static ProxyServer server(Section section) {
        List<String> except = section.texts("no_proxy", List.of());
        for (String entry : except) {
            if (!NoProxy.isEntry(entry)) {
                throw section.wrong(
                        "no_proxy",
                        "a list of hosts, addresses, networks such as 10.0.0.0/8, or *; found '" + entry + "'");
            }
        }
        URI url = address(section.text("url"))
                .filter(uri -> uri.getRawUserInfo() == null)
                .orElseThrow(() -> new GatewayException(section.where("url") + ": " + section.path()
                        + ".url is no address of a proxy (it is not shown here, as it may hold a password), expected"
                        + " http://HOST:PORT without a user; who logs in is said by user and password beside it"));
        Optional<ProxyServer.Login> login = Optional.empty();
        if (section.has("user")) {
            String user = section.text("user");
            if (user.isEmpty() || user.contains(":") || user.chars().anyMatch(Character::isISOControl)) {
                throw section.wrong("user", "a name without ':', which ends it in what is sent");
            }
            login = Optional.of(new ProxyServer.Login.Named(user, SecretReference.one(section, "password")));
        }
        return new ProxyServer(url.getHost(), port(url), login, new NoProxy(except));
    }

    private ProxyConfig.Choice ofEnvironment() {
        // entries that cannot be read are passed over, as other programs do
        NoProxy except = new NoProxy(Arrays.stream(
                        variable("NO_PROXY").map(environment::get).orElse("").split("[,\\s]+"))
                .filter(NoProxy::isEntry)
                .toList());
        return new ProxyConfig.Choice(ofVariable("HTTP_PROXY", except), ofVariable("HTTPS_PROXY", except));
    }

    private Optional<ProxyServer> ofVariable(String usualName, NoProxy except) {
        return variable(usualName).map(name -> {
            URI url = address(environment.getOrDefault(name, ""))
                    .orElseThrow(() -> new GatewayException("the environment variable " + name
                            + " is no address of a proxy that can be used (it is not shown here, as it may hold a password),"
                            + " expected http://[USER:PASSWORD@]HOST:PORT; proxy: none in the file does without it"));
            Optional<ProxyServer.Login> login = url.getRawUserInfo() == null
                    ? Optional.empty()
                    : Optional.of(new ProxyServer.Login.InVariable(name));
            return new ProxyServer(url.getHost(), port(url), login, except);
        });
    }

    /** The name under which a variable is set: as it is, or in small letters. */
    private Optional<String> variable(String name) {
        return List.of(name, name.toLowerCase(Locale.ROOT)).stream()
                .filter(each -> !environment.getOrDefault(each, "").isBlank())
                .findFirst();
    }

    /** An address of a proxy, which may have no scheme; empty where it is none. */
    static Optional<URI> address(String text) {
        String stripped = text.strip();
        try {
            URI uri = new URI(stripped.contains("://") ? stripped : "http://" + stripped);
            boolean root = uri.getRawPath() == null
                    || uri.getRawPath().isEmpty()
                    || uri.getRawPath().equals("/");
            return "http".equalsIgnoreCase(uri.getScheme())
                            && uri.getHost() != null
                            && root
                            && uri.getRawQuery() == null
                            && uri.getRawFragment() == null
                            && uri.getPort() != 0
                            && uri.getPort() <= MOST_PORT
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty(); // its message would repeat the text
        }
    }

    private static int port(URI url) {
        return url.getPort() < 0 ? USUAL_PORT : url.getPort();
    }
}
