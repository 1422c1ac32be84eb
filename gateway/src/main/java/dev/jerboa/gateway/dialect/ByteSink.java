package dev.jerboa.gateway.dialect;

/** Takes bytes; they are the caller's again when it returns. */
@FunctionalInterface
public interface ByteSink {
    void write(byte[] bytes, int offset, int length);
}
