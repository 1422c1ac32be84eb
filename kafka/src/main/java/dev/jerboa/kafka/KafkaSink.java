package dev.jerboa.kafka;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.KafkaConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.outbox.EventJson;
import dev.jerboa.gateway.outbox.EventSink;
import dev.jerboa.gateway.outbox.Receipt;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/** A topic of Kafka's: one message an event, with the event's id as its key. */
public final class KafkaSink implements EventSink {
    /** Held here, as the JDK forgets loggers that nobody holds. */
    private static final Logger KAFKA = Logger.getLogger("org.apache.kafka");
    /** Longer than any message is tried by the producer: whoever has waited so long waits for a producer that is dead. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final List<String> servers;
    private final String topic;
    private final Supplier<Producer<String, byte[]>> producers;
    private final UnaryOperator<String> redact;
    private volatile @Nullable Producer<String, byte[]> producer;
    private volatile boolean closed;

    KafkaSink(
            List<String> servers,
            String topic,
            Supplier<Producer<String, byte[]>> producers,
            UnaryOperator<String> redact) {
        this.servers = servers;
        this.topic = topic;
        this.producers = producers;
        this.redact = redact;
    }

    /**
     * Opens what a gateway's file says. Brokers that are away, or whose names are not known just now, are no error.
     *
     * @param node what the process is called
     * @throws GatewayException where properties or secrets are not as Kafka wants them
     */
    public static EventSink open(KafkaConfig config, String node, Secrets secrets) {
        quieten();
        ProducerSettings settings = new ProducerSettings(config, node, secrets);
        KafkaSink sink = new KafkaSink(
                config.servers(), config.topic(), () -> new KafkaProducer<>(settings.map()), secrets::redact);
        if (sink.isKnown()) { // where no name is, the producer would refuse to be made, as it would for a wrong
            // property
            try {
                sink.producer();
            } catch (KafkaException e) {
                throw new GatewayException("kafka: " + sink.reason(e));
            }
        }
        return sink;
    }

    /** What goes wrong is said once by whoever sends; Kafka says it again and again. Where somebody has set a level, it stays. */
    private static void quieten() {
        if (KAFKA.getLevel() == null) {
            KAFKA.setLevel(Level.OFF);
        }
    }

    @Override
    public String name() {
        return "Kafka at " + String.join(", ", servers);
    }

    @Override
    public Receipt send(List<UsageEvent> events) {
        Outcome outcome = new Outcome();
        List<Future<RecordMetadata>> sent = new ArrayList<>(events.size());
        try {
            Producer<String, byte[]> to = producer();
            for (UsageEvent event : events) {
                Future<RecordMetadata> message = to.send(message(event));
                sent.add(message);
                if (isAway(message)) { // each of the rest would be waited for as long as this one
                    break;
                }
            }
        } catch (KafkaException | GatewayException | IllegalStateException e) { // closed meanwhile, the last one
            outcome.trouble(e);
        }
        long deadline = System.nanoTime() + LONGEST.toNanos();
        for (int i = 0; i < sent.size(); i++) {
            outcome.await(events.get(i).id(), sent.get(i), deadline);
        }
        if (outcome.broken) {
            drop();
        }
        return new Receipt(outcome.arrived, outcome.refused, outcome.trouble);
    }

    /** Whether a message has failed at once, and not for its size: nothing is known of the topic. */
    private static boolean isAway(Future<RecordMetadata> message) {
        return message.isDone() && message.state() == Future.State.FAILED && !isTooLarge(message.exceptionNow());
    }

    private static boolean isTooLarge(Throwable e) {
        return e instanceof RecordTooLargeException || e instanceof RecordBatchTooLargeException;
    }

    private ProducerRecord<String, byte[]> message(UsageEvent event) {
        return new ProducerRecord<>(topic, event.id(), EventJson.line(event).getBytes(StandardCharsets.UTF_8));
    }

    /** What becomes of the messages of a batch. */
    private final class Outcome {
        private final Set<String> arrived = new HashSet<>();
        private final Map<String, String> refused = new HashMap<>();
        private String trouble = "";
        /** Whether the producer is of no more use. */
        private boolean broken;

        void await(String id, Future<RecordMetadata> message, long deadline) {
            try {
                message.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                arrived.add(id);
            } catch (ExecutionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (isTooLarge(cause)) {
                    refused.put(id, reason(cause));
                } else {
                    trouble(cause);
                }
            } catch (TimeoutException e) {
                broken = true;
                trouble = "its producer does not answer";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                trouble = "interrupted";
            }
        }

        void trouble(Throwable why) {
            broken |= !(why instanceof RetriableException);
            if (trouble.isEmpty()) {
                trouble = reason(why);
            }
        }
    }

    /** The producer, made where there is none. */
    private synchronized Producer<String, byte[]> producer() {
        if (closed) {
            throw new GatewayException("it is closed");
        }
        Producer<String, byte[]> made = producer;
        if (made == null) {
            if (!isKnown()) {
                throw new GatewayException("none of its names is known to this machine: " + String.join(", ", servers));
            }
            made = producers.get();
            producer = made;
            if (closed) { // meanwhile
                made.close(Duration.ZERO);
            }
        }
        return made;
    }

    private boolean isKnown() {
        return servers.stream().anyMatch(server -> {
            int colon = server.lastIndexOf(':');
            String host = server.substring(0, colon).replaceAll("[\\[\\]]", "");
            return !new InetSocketAddress(host, Integer.parseInt(server, colon + 1, server.length(), 10))
                    .isUnresolved();
        });
    }

    private synchronized void drop() {
        Producer<String, byte[]> broken = producer;
        producer = null;
        if (broken != null) {
            broken.close(Duration.ZERO);
        }
    }

    /** What Kafka says, down to the first cause, without secrets. */
    private String reason(Throwable e) {
        Throwable cause = e;
        for (int depth = 0; cause.getCause() != null && depth < 8; depth++) {
            cause = cause.getCause();
        }
        return redact.apply(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }

    @Override
    public void close() {
        closed = true;
        Producer<String, byte[]> open = producer;
        if (open != null) {
            open.close(Duration.ZERO);
        }
    }
}
