package dev.jerboa.gateway.dialect.conversation;

import dev.jerboa.gateway.dialect.Proof;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Proofs of reasoning where only another kind has a place: a client of Anthropic's form gives back signatures, whoever's they are. A proof
 * of another kind goes into the place with its kind written before it, and is known by that when it comes back.
 */
public final class Proofs {
    private static final String MARK = "jerboa:";

    private Proofs() {}

    /** How a proof is written where proofs of a kind have their place. */
    public static String write(Proof proof, Proof.Kind place) {
        return proof.kind() == place
                ? proof.data()
                : MARK + proof.kind().name().toLowerCase(Locale.ROOT) + ":" + proof.id() + ":" + proof.data();
    }

    /** The proof that is written in a place; null where there is none. */
    public static @Nullable Proof read(String written, Proof.Kind place, String id) {
        if (written.isEmpty()) {
            return null;
        }
        if (written.startsWith(MARK)) {
            String[] parts = written.split(":", 4);
            for (Proof.Kind kind : Proof.Kind.values()) {
                if (parts.length == 4 && parts[1].equals(kind.name().toLowerCase(Locale.ROOT))) {
                    return new Proof(kind, parts[2], parts[3]);
                }
            }
        }
        return new Proof(place, id, written);
    }
}
