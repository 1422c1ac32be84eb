package dev.jerboa.engine.sample;

/**
 * The tokens still in the choice, each with its distance below the best scaled logit and its weight e<sup>−distance</sup>
 * (its probability up to a common factor). Filters keep a part of them; {@link #order} brings the first few in order
 * without sorting the rest. All arrays are made once. One thread.
 */
final class Candidates {
    private final int[] ids;
    private final float[] distances;
    private final double[] weights;
    private final float[] keys;
    private int count;

    Candidates(int capacity) {
        ids = new int[capacity];
        distances = new float[capacity];
        weights = new double[capacity];
        keys = new float[capacity];
    }

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    int id(int place) {
        return ids[place];
    }

    double weight(int place) {
        return weights[place];
    }

    void add(int id, float distance) {
        ids[count] = id;
        distances[count] = distance;
        weights[count] = Decay.of(distance);
        count++;
    }

    /** The sum of all weights. */
    double mass() {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[i];
        }
        return sum;
    }

    /** Keeps the {@code k} nearest to the best, in order. */
    void keepNearest(int k) {
        System.arraycopy(distances, 0, keys, 0, count);
        order(k, Double.POSITIVE_INFINITY);
    }

    /** Keeps, in order, the nearest to the best until their weights sum to at least {@code enough}. */
    void keepMass(double enough) {
        System.arraycopy(distances, 0, keys, 0, count);
        order(count, enough);
    }

    /** Keeps those at most {@code limit} below the best; does not change their order. */
    void keepWithin(float limit) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (distances[i] <= limit) {
                ids[kept] = ids[i];
                distances[kept] = distances[i];
                weights[kept] = weights[i];
                kept++;
            }
        }
        count = kept;
    }

    /**
     * Keeps, in order, those whose surprise is nearest to the expected surprise until they hold {@code share} of the mass.
     * Surprise −ln p is distance plus a constant, so the difference of distances is the difference of surprises.
     */
    void keepTypical(double share) {
        double mass = 0;
        double moment = 0;
        for (int i = 0; i < count; i++) {
            mass += weights[i];
            if (weights[i] > 0) {
                moment += weights[i] * distances[i];
            }
        }
        double expected = moment / mass;
        for (int i = 0; i < count; i++) {
            keys[i] = (float) Math.abs(distances[i] - expected);
        }
        order(count, share * mass);
    }

    /**
     * Moves the candidates of smallest key (of equal keys, smallest id) to the front in order, until {@code most} are placed
     * or their weights sum to {@code enough}, and drops the others: a heap sort that stops early.
     */
    private void order(int most, double enough) {
        for (int parent = count / 2 - 1; parent >= 0; parent--) {
            sift(parent, count);
        }
        int left = count;
        double sum = 0;
        while (left > 0 && count - left < most && sum < enough) {
            left--;
            swap(0, left);
            sum += weights[left];
            sift(0, left);
        }
        reverseTail(left);
    }

    /** The chosen ones lie from {@code from} to the end, last first: moves them to the front, first first. */
    private void reverseTail(int from) {
        for (int low = from, high = count - 1; low < high; low++, high--) {
            swap(low, high);
        }
        int kept = count - from;
        System.arraycopy(ids, from, ids, 0, kept);
        System.arraycopy(distances, from, distances, 0, kept);
        System.arraycopy(weights, from, weights, 0, kept);
        count = kept;
    }

    private void sift(int from, int end) {
        int parent = from;
        while (true) {
            int child = 2 * parent + 1;
            if (child >= end) {
                return;
            }
            if (child + 1 < end && before(child + 1, child)) {
                child++;
            }
            if (!before(child, parent)) {
                return;
            }
            swap(child, parent);
            parent = child;
        }
    }

    private boolean before(int a, int b) {
        return keys[a] < keys[b] || (keys[a] == keys[b] && ids[a] < ids[b]);
    }

    private void swap(int a, int b) {
        int id = ids[a];
        ids[a] = ids[b];
        ids[b] = id;
        float distance = distances[a];
        distances[a] = distances[b];
        distances[b] = distance;
        double weight = weights[a];
        weights[a] = weights[b];
        weights[b] = weight;
        float key = keys[a];
        keys[a] = keys[b];
        keys[b] = key;
    }
}
