package dev.jerboa.hub.name;

/**
 * A file in a hub's list.
 *
 * @param path its name in the repository, with / between folders
 * @param bytes its size; −1 where the list does not say
 * @param hash of its contents, 40 or 64 hexadecimal digits; empty where the list does not say
 */
public record ListedFile(String path, long bytes, String hash) {
    /** Of unknown contents. */
    public ListedFile(String path, long bytes) {
        this(path, bytes, "");
    }
}
