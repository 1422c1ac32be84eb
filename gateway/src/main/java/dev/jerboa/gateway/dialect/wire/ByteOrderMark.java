package dev.jerboa.gateway.dialect.wire;

/** The mark with which a text in UTF-8 may begin, and which is no part of it, however the bytes are split. One thread. */
public final class ByteOrderMark {
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private int seen;
    private boolean over;

    /** How many of the next bytes belong to it, from the first on. */
    public int length(byte[] bytes, int offset, int length) {
        int mine = 0;
        while (!over && mine < length) {
            if (bytes[offset + mine] == MARK[seen]) {
                mine++;
                over = ++seen == MARK.length;
            } else {
                over = true;
            }
        }
        return mine;
    }
}
