package dev.jerboa.kernel.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team of threads that run one job together. The caller of {@link #run} is worker 0; the others are daemon platform
 * threads that live as long as the team, each bound to a core of its own where the system allows it ({@code
 * -Djerboa.pin=false} leaves them unbound). Between jobs they spin for a moment and then park; {@code -Djerboa.spins=TURNS} makes the
 * moment shorter where other processes keep the cores busy.
 *
 * <pre>
 * run(job): hand out → every worker: job.run(worker) … worker.barrier() … → all done → run returns, or throws what a worker threw
 * </pre>
 *
 * <p>Thread-safe: jobs of several callers run one after another. A job must not call {@link #run} or {@link #close} of its
 * own team. An interrupt of the caller does not cut a job short; the flag is set again when {@code run} returns.
 */
public final class Team implements AutoCloseable {
    /** What every worker runs. It must reach the same barriers in every worker. */
    @FunctionalInterface
    public interface Job {
        void run(Worker worker);
    }

    /** Thrown inside workers whose barrier was broken by another one's failure; never leaves {@link #run}. */
    private static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Broken() {
            super("another worker failed", null, false, false);
        }
    }

    private static final boolean PIN = !"false".equals(System.getProperty("jerboa.pin"));
    private static final AtomicInteger TEAMS = new AtomicInteger();

    private final int size;
    private final Waiting waiting;
    private final Barrier barrier;
    private final Member[] members;
    private final List<Thread> threads = new ArrayList<>();
    private final ReentrantLock callers = new ReentrantLock();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private volatile int round;
    private volatile boolean closed;
    private volatile @Nullable Job job;
    private volatile @Nullable Thread caller;

    private Team(int size, List<Integer> cpus) {
        if (size < 1) {
            throw new IllegalArgumentException("a team of " + size + " threads; at least 1 is needed");
        }
        this.size = size;
        this.waiting = Waiting.of(size, Runtime.getRuntime().availableProcessors());
        this.barrier = new Barrier(size, waiting);
        this.members = new Member[size];
        int number = TEAMS.incrementAndGet();
        for (int i = 0; i < size; i++) {
            Member member = new Member(i);
            members[i] = member;
            if (i > 0) {
                int cpu = PIN && size <= cpus.size() ? cpus.get(i) : -1;
                threads.add(Thread.ofPlatform()
                        .daemon()
                        .name("jerboa-team-" + number + "-worker-" + i)
                        .start(() -> member.live(cpu)));
            }
        }
    }

    /** A team with one thread a physical core that this process may use. */
    public static Team ofCores() {
        return ofSize(CpuFeatures.here().usableCores());
    }

    /** A team of {@code size} threads, the caller of {@link #run} included. */
    public static Team ofSize(int size) {
        return new Team(size, CpuFeatures.here().teamCpus());
    }

    /** Workers of a job, the caller included. */
    public int size() {
        return size;
    }

    /**
     * Runs {@code job} in every worker and returns when all are done. If workers throw, the others end at their next barrier or {@link Worker#checkOthers},
     * the first exception is thrown from here with the later ones suppressed in it, and the team stays usable.
     *
     * @throws IllegalStateException from inside a job, or when the team is closed
     */
    public void run(Job job) {
        refuseInside("run");
        callers.lock();
        boolean interrupted = Thread.interrupted();
        try {
            if (closed) {
                throw new IllegalStateException("the team is closed");
            }
            caller = Thread.currentThread();
            this.job = job;
            failure.set(null);
            barrier.reset();
            barrier.enter(0, Thread.currentThread());
            running.set(size - 1);
            nextRound();
            members[0].work(job);
            interrupted |= awaitMembers() | barrier.callerInterrupted();
        } finally {
            this.job = null;
            caller = null;
            callers.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        throwFailure();
    }

    private void throwFailure() {
        Throwable thrown = failure.getAndSet(null);
        switch (thrown) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("a worker failed", thrown);
        }
    }

    private boolean awaitMembers() {
        boolean interrupted = false;
        for (int turn = 0; running.get() > 0; turn++) {
            if (!waiting.spin(turn)) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
        }
        return interrupted;
    }

    private void nextRound() {
        int next = round + 1; // only the holder of the lock writes it
        round = next;
        for (int i = 1; i < size; i++) {
            if (members[i].parked) {
                LockSupport.unpark(threads.get(i - 1));
            }
        }
    }

    private void refuseInside(String what) {
        Thread current = Thread.currentThread();
        if (callers.isHeldByCurrentThread() || threads.contains(current)) {
            throw new IllegalStateException("Team." + what + " called from inside a job of the same team");
        }
    }

    /** Waits for the running job, if any, and ends the threads. Closing twice does nothing. */
    @Override
    public void close() {
        refuseInside("close");
        callers.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            nextRound();
        } finally {
            callers.unlock();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Member implements Worker {
        private final int id;
        private volatile boolean parked;

        Member(int id) {
            this.id = id;
        }

        @Override
        public int id() {
            return id;
        }

        @Override
        public int count() {
            return size;
        }

        @Override
        public void barrier() {
            if (size > 1 && !barrier.await(id)) {
                if (failure.get() == null) {
                    throw new IllegalStateException("worker " + id
                            + " waits at a barrier that another worker has left behind: the job must reach the same"
                            + " barriers in every worker");
                }
                throw new Broken();
            }
        }

        @Override
        public void checkOthers() {
            if (failure.get() != null) {
                throw new Broken();
            }
        }

        /** Runs the worker's part and reports a failure. */
        void work(Job job) {
            try {
                job.run(this);
                barrier.leave();
            } catch (Broken e) {
                // the failure that broke the barrier is reported by the worker that had it
            } catch (Throwable e) {
                report(e);
                barrier.breakUp();
            }
        }

        private void report(Throwable thrown) {
            Throwable first = failure.compareAndExchange(null, thrown);
            if (first != null && first != thrown) {
                first.addSuppressed(thrown);
            }
        }

        /** A team thread's life: wait for a round, work, say so. */
        void live(int cpu) {
            if (cpu >= 0) {
                Affinity.pin(cpu);
            }
            barrier.enter(id, Thread.currentThread());
            int seen = 0;
            while (true) {
                awaitRound(seen);
                seen = round;
                if (closed) {
                    return;
                }
                Job work = job;
                Thread waiter = caller;
                if (work != null) {
                    work(work);
                }
                if (running.decrementAndGet() == 0 && waiter != null) {
                    LockSupport.unpark(waiter);
                }
            }
        }

        private void awaitRound(int seen) {
            for (int turn = 0; round == seen; turn++) {
                if (waiting.spin(turn)) {
                    continue;
                }
                parked = true;
                if (round == seen) {
                    LockSupport.park(this);
                    Thread.interrupted(); // nobody's business: a set flag would keep park from parking
                }
                parked = false;
            }
        }
    }
}
