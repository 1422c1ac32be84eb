package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.GatewayException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The place of a node's journal, which one process at a time has: {@code node-boot-number.journal}, where a boot is a process and boots are
 * in the order of time; {@code node.lock}; {@code node.refused}.
 */
final class JournalFolder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(JournalFolder.class.getName());
    private static final String SUFFIX = ".journal";

    /**
     * File systems in which bytes that are there are written over where they are: on others a disk may be full for that too, which a program
     * that writes through memory is told by a fault.
     */
    private static final Set<String> IN_PLACE = new TreeSet<>(Set.of("ext2", "ext3", "ext4", "xfs", "tmpfs"));

    private final Path folder;
    private final String node;
    private final String boot = Ulid.next();
    private final FileChannel lock;
    private final boolean mapped;

    private JournalFolder(Path folder, String node, FileChannel lock) {
        this.folder = folder;
        this.node = node;
        this.lock = lock;
        JournalWay way = way(folder, node + ".probe");
        this.mapped = way.mapped();
        if (!mapped) {
            LOG.log(System.Logger.Level.INFO, "{0}: {1}", folder, way);
        }
    }

    /**
     * Takes a folder's journal of a node, and makes the folder.
     *
     * @throws GatewayException where another process has it
     */
    static JournalFolder lock(JournalOptions options) throws IOException {
        Files.createDirectories(options.folder());
        Path path = options.folder().resolve(options.node() + ".lock");
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = null;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is held by this process", path);
        }
        if (held == null) {
            channel.close();
            throw new GatewayException(options.folder() + ": another gateway named '" + options.node()
                    + "' writes its journal here; give each node a name of its own, or end the other");
        }
        return new JournalFolder(options.folder(), options.node(), channel);
    }

    /** How files of a folder can be written: tried where the folder is there, with a file of its own that is gone afterwards. */
    static JournalWay way(Path folder, String probe) {
        try {
            Path there = folder.toAbsolutePath();
            while (there.getParent() != null && !Files.exists(there)) {
                there = there.getParent();
            }
            String type = Files.getFileStore(there).type();
            if (!IN_PLACE.contains(type)) {
                return new JournalWay(
                        false, "its file system is " + type + ", known to do are " + String.join(", ", IN_PLACE));
            }
            if (Files.exists(folder)) {
                map(folder.resolve(probe));
            }
            return new JournalWay(true, "");
        } catch (IOException | UnsupportedOperationException e) {
            return new JournalWay(false, String.valueOf(e.getMessage()));
        }
    }

    private static void map(Path probe) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(probe.toFile(), "rw")) {
            SegmentWindow window = new SegmentWindow(probe, file);
            window.put(0, new byte[] {1});
            window.end(0);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /** Whether its files are written through memory. */
    boolean isMapped() {
        return mapped;
    }

    /** What earlier processes of this node left, in the order in which it was written. */
    List<Path> old() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> {
                        String name = path.getFileName().toString();
                        return name.startsWith(node + "-") && name.endsWith(SUFFIX);
                    })
                    .sorted()
                    .toList();
        }
    }

    /** This process's file of a number. */
    Path path(int number) {
        return folder.resolve("%s-%s-%08d%s".formatted(node, boot, number, SUFFIX));
    }

    /** Where events are kept that the store refuses. */
    Path refusals() {
        return folder.resolve(node + ".refused");
    }

    /** Lets another process have it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
