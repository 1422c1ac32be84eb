package dev.jerboa.hub.remote;

import java.net.URI;

/**
 * What a file is: its contents' hash and size, and where the bytes are.
 *
 * @param path its name in the repository
 * @param hash 64 hexadecimal digits of SHA-256 (large files), or 40 of Git's SHA-1
 * @param bytes its size
 * @param location where its bytes are to be asked for
 */
public record RemoteBlob(String path, String hash, long bytes, URI location) {}
