package dev.jerboa.gateway.key;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What is kept of a key's secret: SHA-256 of the whole text, or HMAC-SHA-256 with a pepper that is not in the store. Immutable. */
public final class KeyHash {
    private static final String PLAIN = "sha256:";
    private static final String PEPPERED = "hmac-sha256:";
    private static final int BYTES = 32;
    private static final MessageDigest SHA_256; // never fed

    static {
        try {
            SHA_256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new ExceptionInInitializerError(e); // every Java has it
        }
    }

    private final boolean peppered;
    private final byte[] bytes;

    private KeyHash(boolean peppered, byte[] bytes) {
        this.peppered = peppered;
        this.bytes = bytes;
    }

    /** Of a secret. */
    public static KeyHash of(String secret, Optional<byte[]> pepper) {
        byte[] text = secret.getBytes(StandardCharsets.UTF_8);
        try {
            if (pepper.isEmpty()) {
                return new KeyHash(false, sha256().digest(text));
            }
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(pepper.get(), "HmacSHA256"));
            return new KeyHash(true, mac.doFinal(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A digest of one's own: to copy one is less than to look one up. */
    private static MessageDigest sha256() throws GeneralSecurityException {
        try {
            return (MessageDigest) SHA_256.clone();
        } catch (CloneNotSupportedException e) { // a provider's whose digests cannot be copied
            return MessageDigest.getInstance(SHA_256.getAlgorithm());
        }
    }

    /**
     * Of the text that {@link #text} gives.
     *
     * @throws IllegalArgumentException where it is none
     */
    public static KeyHash parse(String text) {
        boolean peppered = text.startsWith(PEPPERED);
        if (peppered || text.startsWith(PLAIN)) {
            byte[] bytes = HexFormat.of().parseHex(text.substring((peppered ? PEPPERED : PLAIN).length()));
            if (bytes.length == BYTES) {
                return new KeyHash(peppered, bytes);
            }
        }
        throw new IllegalArgumentException(
                "not a key's hash: expected sha256: or hmac-sha256: and 64 hexadecimal digits");
    }

    public String text() {
        return (peppered ? PEPPERED : PLAIN) + HexFormat.of().formatHex(bytes);
    }

    boolean isPeppered() {
        return peppered;
    }

    /** Whether it is of a secret; takes as long whatever the answer. */
    public boolean matches(String secret, Optional<byte[]> pepper) {
        if (peppered && pepper.isEmpty()) {
            return false;
        }
        return MessageDigest.isEqual(bytes, of(secret, peppered ? pepper : Optional.empty()).bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyHash hash && peppered == hash.peppered && MessageDigest.isEqual(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Nothing of the hash: it may be in a log. */
    @Override
    public String toString() {
        return peppered ? "hmac-sha256:…" : "sha256:…";
    }
}
