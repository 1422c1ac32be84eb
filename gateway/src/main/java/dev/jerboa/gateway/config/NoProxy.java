package dev.jerboa.gateway.config;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that are not reached through a proxy, as {@code NO_PROXY} lists them: {@code example.org} and {@code .example.org} stand for it and
 * all below it, {@code 10.1.2.3} for an address, {@code 10.0.0.0/8} for a network, {@code *} for all; each may end with {@code :PORT}.
 * Names are compared as they are and never looked up.
 *
 * @param entries in small letters
 */
public record NoProxy(List<String> entries) {
    public static final NoProxy NONE = new NoProxy(List.of());

    private static final Pattern WITH_PORT = Pattern.compile("([^:]+|\\[[^]]*]):([0-9]{1,5})");
    private static final Pattern NAME = Pattern.compile("(\\*?\\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?");
    private static final int BITS = 8;

    public NoProxy {
        entries = entries.stream()
                .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** Whether an entry is one of the above. */
    static boolean isEntry(String text) {
        String entry = text.strip().toLowerCase(Locale.ROOT);
        Matcher port = WITH_PORT.matcher(entry);
        String host = port.matches() ? port.group(1) : entry;
        int slash = host.indexOf('/');
        if (slash >= 0) {
            byte[] network = literal(host.substring(0, slash));
            return network != null && prefix(host.substring(slash + 1), network.length * BITS) >= 0;
        }
        return host.equals("*") || literal(host) != null || NAME.matcher(host).matches();
    }

    /**
     * Whether a host is one of them.
     *
     * @param host a name or an address, which may have brackets
     */
    public boolean contains(String host, int port) {
        String name = host.toLowerCase(Locale.ROOT);
        byte[] address = literal(name);
        return entries.stream().anyMatch(entry -> matches(entry, name, address, port));
    }

    /** Whether a host is this machine by its name or address. */
    static boolean isThisMachine(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(bare(name)).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false; // a name
        }
    }

    private static boolean matches(String entry, String name, byte @Nullable [] address, int port) {
        String host = entry;
        Matcher withPort = WITH_PORT.matcher(entry);
        if (withPort.matches()) {
            if (Integer.parseInt(withPort.group(2)) != port) {
                return false;
            }
            host = withPort.group(1);
        }
        if (host.equals("*")) {
            return true;
        }
        int slash = host.indexOf('/');
        if (slash >= 0) {
            return address != null && isWithin(address, host.substring(0, slash), host.substring(slash + 1));
        }
        if (address != null) {
            return Arrays.equals(address, literal(host));
        }
        String domain = host.startsWith("*.") ? host.substring(2) : host.startsWith(".") ? host.substring(1) : host;
        return name.equals(domain) || name.endsWith("." + domain);
    }

    private static boolean isWithin(byte[] address, String network, String length) {
        byte[] base = literal(network);
        int bits = base == null ? -1 : prefix(length, base.length * BITS);
        if (base == null || bits < 0 || base.length != address.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 1 << (BITS - 1 - i % BITS);
            if ((address[i / BITS] & mask) != (base[i / BITS] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** The length of a network's prefix; −1 where it is none. */
    private static int prefix(String digits, int most) {
        if (!digits.matches("[0-9]{1,3}")) {
            return -1;
        }
        int bits = Integer.parseInt(digits);
        return bits <= most ? bits : -1;
    }

    private static byte @Nullable [] literal(String host) {
        try {
            return InetAddress.ofLiteral(bare(host)).getAddress();
        } catch (IllegalArgumentException e) {
            return null; // a name
        }
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }
}
