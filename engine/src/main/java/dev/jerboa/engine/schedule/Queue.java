package dev.jerboa.engine.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tracks that wait for admission: those of a higher priority first, of one priority those of the client that was served least, of one
 * client in the order of arrival (Sheng et al. 2024, "Fairness in serving large language models", arXiv 2401.00588). A client that
 * comes back does not find credit for the time that it was away. One thread.
 */
final class Queue {
    private final List<Track> waiting = new ArrayList<>();
    private final Map<String, Client> clients = new HashMap<>();
    private long arrivals;
    /** The least service of clients that are present, as far as it was ever seen. */
    private double least;

    /** Who asks: how much was done for it, and how many of its tracks are here. */
    private static final class Client {
        double served;
        int present;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** A new track. */
    void add(Track track) {
        track.arrive(arrivals++);
        Client client = clients.computeIfAbsent(track.request().service().client(), name -> new Client());
        if (client.present++ == 0) {
            client.served = Math.max(client.served, least);
        }
        waiting.add(track);
    }

    /** A track that ran and has to wait again; it keeps its place. */
    void addAgain(Track track) {
        waiting.add(track);
    }

    /** Takes a track out that waits; false where it does not. */
    boolean remove(Track track) {
        return waiting.remove(track);
    }

    /** A track has ended. */
    void leave(Track track) {
        String name = track.request().service().client();
        Client client = clients.get(name);
        if (client != null && --client.present == 0) {
            clients.remove(name);
        }
    }

    /** Tokens are computed for a track. */
    void serve(Track track, int tokens) {
        Client client = clients.get(track.request().service().client());
        if (client != null) {
            client.served += tokens;
        }
    }

    /** The track to be admitted next as things stand, of those that do not await another; null where there is none. */
    @Nullable
    Track first() {
        noteLeast();
        Track first = null;
        for (Track track : waiting) {
            if (!track.isAwaiting() && (first == null || compare(track, first) < 0)) {
                first = track;
            }
        }
        return first;
    }

    /** A track whose time is up, or null. */
    @Nullable
    Track late(long nowNanos) {
        for (Track track : waiting) {
            if (track.request().service().isLate(nowNanos)) {
                return track;
            }
        }
        return null;
    }

    private void noteLeast() {
        double now = Double.POSITIVE_INFINITY;
        for (Client client : clients.values()) {
            now = Math.min(now, client.served);
        }
        if (now < Double.POSITIVE_INFINITY) {
            least = Math.max(least, now);
        }
    }

    private int compare(Track a, Track b) {
        int byPriority = Integer.compare(
                b.request().service().priority(), a.request().service().priority());
        if (byPriority != 0) {
            return byPriority;
        }
        int byService = Double.compare(served(a), served(b));
        return byService != 0 ? byService : Long.compare(a.arrival(), b.arrival());
    }

    private double served(Track track) {
        Client client = clients.get(track.request().service().client());
        return client == null ? 0 : client.served;
    }

    List<Track> all() {
        return List.copyOf(waiting);
    }
}
