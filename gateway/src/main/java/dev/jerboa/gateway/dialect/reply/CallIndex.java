package dev.jerboa.gateway.dialect.reply;

import java.util.ArrayList;
import java.util.List;

/** Numbers the calls of a reply from 0 in each choice, whatever numbers and ids an endpoint has for them. One thread. */
public final class CallIndex {
    /** An endpoint that begins more calls is taken to go on with the last. */
    private static final int MOST = 1024;

    private record Known(int choice, int theirs, String id, int ours) {}

    private final List<Known> known = new ArrayList<>();

    /**
     * The number of a call.
     *
     * @param theirs the endpoint's number; −1 where it has none
     * @param id the endpoint's id; empty where this part does not say it
     * @return the call's number; −1 − number where the call is new
     */
    public int of(int choice, int theirs, String id) {
        int calls = 0;
        Known found = null;
        for (Known call : known) {
            if (call.choice == choice) {
                calls++;
                boolean same = theirs < 0
                        ? id.isEmpty() || call.id.equals(id)
                        : call.theirs == theirs && (id.isEmpty() || call.id.isEmpty() || call.id.equals(id));
                found = same ? call : found;
            }
        }
        if (found != null) {
            return found.ours;
        }
        if (known.size() >= MOST) {
            return Math.max(0, calls - 1);
        }
        known.add(new Known(choice, theirs, id, calls));
        return -1 - calls;
    }

    /** How many calls a choice has. */
    public int count(int choice) {
        int calls = 0;
        for (Known call : known) {
            calls += call.choice == choice ? 1 : 0;
        }
        return calls;
    }
}
