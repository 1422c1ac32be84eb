package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ClientRequest;
import dev.jerboa.gateway.dialect.wire.JsonCursor;
import dev.jerboa.model.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Requests that say one thing to every reader. A field that is there twice is the last to one reader and the first to another, so that a
 * client could be let in for a short reply and be given a long one.
 */
final class Unambiguous {
    private Unambiguous() {}

    /** The request as it is, or, where it has a field twice, written anew from what was read of it here. */
    static ClientRequest of(ClientRequest request) {
        return hasTwice(request.raw())
                ? new ClientRequest(
                        request.form(), JsonOut.line(request.body()).getBytes(StandardCharsets.UTF_8), request.body())
                : request;
    }

    private static boolean hasTwice(byte[] json) {
        JsonCursor cursor = new JsonCursor().at(json, 0, json.length);
        Set<String> names = new HashSet<>();
        try {
            if (cursor.enterObject()) {
                while (cursor.nextMember()) {
                    if (!names.add(cursor.key())) {
                        return true;
                    }
                    cursor.skip();
                }
            }
            return false;
        } catch (JsonCursor.NotJsonException e) {
            return true; // as deep as only the reader goes
        }
    }
}
