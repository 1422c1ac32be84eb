package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Byte strings with a value each, walked byte by byte from node 0; edges are longs in an open-addressing table. */
final class ByteTrie {
    private static final int MAX_NODES = 1 << 24;
    private static final long MIX = RandomGenerator.getDefault().nextLong() | 1;

    private final String source;
    private long[] edges = new long[1024];
    private int[] values = new int[256];
    private int nodes = 1;

    /** @param source the file, for messages */
    ByteTrie(String source) {
        this.source = source;
    }

    /** Gives the string a value of 0 or more. */
    void put(byte[] text, int from, int length, int value) {
        int node = 0;
        for (int i = 0; i < length; i++) {
            int child = child(node, text[from + i]);
            node = child != 0 ? child : add(node, text[from + i]);
        }
        values[node] = value + 1;
    }

    private int add(int node, byte b) {
        if (nodes == MAX_NODES) {
            throw new ModelException(source + ": the tokens have more than " + MAX_NODES + " different beginnings");
        }
        if (nodes * 2 > edges.length) {
            long[] old = edges;
            edges = new long[old.length * 2];
            for (long edge : old) {
                if (edge != 0) {
                    insert(edge);
                }
            }
        }
        if (nodes == values.length) {
            values = Arrays.copyOf(values, nodes * 2);
        }
        insert((long) node << 40 | (b & 0xffL) << 32 | nodes);
        return nodes++;
    }

    private void insert(long edge) {
        int slot = slot(edge >>> 32);
        while (edges[slot] != 0) {
            slot = slot + 1 & edges.length - 1;
        }
        edges[slot] = edge;
    }

    private int slot(long key) {
        return (int) ((key * MIX) >>> 32) & (edges.length - 1);
    }

    /** The node that {@code b} leads to, or 0. */
    int child(int node, byte b) {
        long key = ((long) node << 8) | (b & 0xff);
        int slot = slot(key);
        while (edges[slot] != 0) {
            if (edges[slot] >>> 32 == key) {
                return (int) edges[slot];
            }
            slot = slot + 1 & edges.length - 1;
        }
        return 0;
    }

    /** The value of the string that ends at a node, or −1. */
    int value(int node) {
        return values[node] - 1;
    }
}
