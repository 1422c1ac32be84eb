package dev.jerboa.hub.name;

import dev.jerboa.hub.HubException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A model as a user writes it: {@code org/name[@revision][:choice]}.
 *
 * @param organisation whose repository it is
 * @param name the repository's name
 * @param revision a branch, tag or commit
 * @param choice which of a repository's GGUF files: a type such as {@code Q4_K_M} or a part of a file's name; empty for the best for this
 *     machine
 */
public record ModelName(String organisation, String name, String revision, String choice) {
    /** The revision where none is given. */
    public static final String MAIN = "main";

    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}");
    private static final Pattern CHOICE = Pattern.compile("[A-Za-z0-9_.-]{0,96}");

    /**
     * @throws HubException for parts that no hub has: they become folders and addresses
     */
    public ModelName {
        require(PART, organisation, "organisation");
        require(PART, name, "name");
        require(REVISION, revision, "revision");
        require(CHOICE, choice, "choice of a file");
        if (revision.contains("//") || revision.endsWith("/")) {
            throw new HubException("revision '" + revision + "': expected a branch, a tag or a commit");
        }
    }

    private static void require(Pattern pattern, String text, String what) {
        if (!pattern.matcher(text).matches() || text.contains("..") || text.contains("--")) {
            throw new HubException("model name: the " + what + " '" + text
                    + "' is not one that a hub has; expected org/name[@revision][:choice], such as"
                    + " Qwen/Qwen3-0.6B or unsloth/Qwen3-0.6B-GGUF:Q8_0");
        }
    }

    /** Reads {@code org/name[@revision][:choice]}. */
    public static ModelName of(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0) {
            throw new HubException(
                    "'" + text + "' is not the name of a repository; expected org/name[@revision][:choice]");
        }
        String rest = text.substring(slash + 1);
        int colon = rest.lastIndexOf(':');
        String choice = colon < 0 ? "" : rest.substring(colon + 1);
        if (colon >= 0) {
            rest = rest.substring(0, colon);
        }
        int at = rest.indexOf('@');
        String revision = at < 0 ? MAIN : rest.substring(at + 1);
        return new ModelName(text.substring(0, slash), at < 0 ? rest : rest.substring(0, at), revision, choice);
    }

    /** {@code org/name}. */
    public String repository() {
        return organisation + "/" + name;
    }

    /** The folder's name in the cache. */
    public String folder() {
        return "models--" + organisation + "--" + name;
    }

    /** Whether the revision is a whole commit, which never means anything else. */
    public boolean pinned() {
        return revision.matches("[0-9a-f]{40}");
    }

    /** Whether a file's name, in any case, has the choice in it as a whole part. */
    public boolean chooses(String file) {
        String wanted = choice.toLowerCase(Locale.ROOT);
        String name = file.toLowerCase(Locale.ROOT);
        int at = name.indexOf(wanted);
        while (at >= 0) {
            int end = at + wanted.length();
            if ((at == 0 || separates(name.charAt(at - 1))) && (end == name.length() || separates(name.charAt(end)))) {
                return true;
            }
            at = name.indexOf(wanted, at + 1);
        }
        return false;
    }

    private static boolean separates(char c) {
        return c == '-' || c == '.' || c == '/' || c == '_';
    }

    @Override
    public String toString() {
        return repository() + (revision.equals(MAIN) ? "" : "@" + revision) + (choice.isEmpty() ? "" : ":" + choice);
    }
}
