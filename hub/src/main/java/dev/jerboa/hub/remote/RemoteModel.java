package dev.jerboa.hub.remote;

import dev.jerboa.hub.name.ListedFile;
import java.util.List;

/**
 * A repository at one commit.
 *
 * @param commit 40 hexadecimal digits
 * @param files all its files
 */
public record RemoteModel(String commit, List<ListedFile> files) {
    public RemoteModel {
        files = List.copyOf(files);
    }
}
