package dev.jerboa.engine.constrain.vocabulary;

import java.util.Arrays;

/**
 * The bytes of many tokens as a tree, laid out in depth-first order: a walk is a run through arrays, and to leave a subtree out is
 * to go on at its end. Immutable.
 */
final class TokenTree {
    final byte[] label;
    final short[] depth;
    /** The place after a node's subtree. */
    final int[] end;
    /** The token that ends at a node, or −1. */
    final int[] token;
    /** The traits of all bytes below a node. */
    final long[] below;
    /** How many bytes the longest token through a node has. */
    final short[] longest;
    /** How many nodes lie on the longest way down. */
    final int height;

    /**
     * @param ids tokens in the order of their bytes, none empty, no two alike
     * @param bytes of every token, by id
     */
    TokenTree(int[] ids, byte[][] bytes) {
        int nodes = 0;
        byte[] before = {};
        for (int id : ids) {
            nodes += bytes[id].length - common(before, bytes[id]);
            before = bytes[id];
        }
        label = new byte[nodes];
        depth = new short[nodes];
        end = new int[nodes];
        token = new int[nodes];
        Arrays.fill(token, -1);
        below = new long[nodes];
        longest = new short[nodes];
        height = fill(ids, bytes);
        summarise();
    }

    /** From the last node to the first, so that what is below a node is ready. */
    private void summarise() {
        int[] parents = new int[height + 1];
        int[] parent = new int[label.length];
        for (int at = 0; at < label.length; at++) {
            parents[depth[at]] = at;
            parent[at] = depth[at] == 0 ? -1 : parents[depth[at] - 1];
        }
        for (int at = label.length - 1; at >= 0; at--) {
            longest[at] = (short) Math.max(longest[at], depth[at] + 1);
            if (parent[at] >= 0) {
                below[parent[at]] |= below[at] | ByteSet.trait(label[at] & 0xff);
                longest[parent[at]] = (short) Math.max(longest[parent[at]], longest[at]);
            }
        }
    }

    private int fill(int[] ids, byte[][] bytes) {
        int most = 0;
        int at = 0;
        int[] open = new int[64];
        int depthNow = 0;
        byte[] before = {};
        for (int id : ids) {
            byte[] text = bytes[id];
            int same = common(before, text);
            while (depthNow > same) {
                end[open[--depthNow]] = at;
            }
            if (text.length > open.length) {
                open = Arrays.copyOf(open, text.length + 64);
            }
            for (int d = same; d < text.length; d++) {
                label[at] = text[d];
                depth[at] = (short) d;
                open[depthNow++] = at++;
            }
            token[at - 1] = id;
            most = Math.max(most, text.length);
            before = text;
        }
        while (depthNow > 0) {
            end[open[--depthNow]] = at;
        }
        return most;
    }

    private static int common(byte[] a, byte[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }
}
