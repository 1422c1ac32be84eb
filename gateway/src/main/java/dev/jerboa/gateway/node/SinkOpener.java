package dev.jerboa.gateway.node;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.config.KafkaConfig;
import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.outbox.EventSink;

/** Opens where events go as well, as a configuration says. The gateway has no client of Kafka itself. */
@FunctionalInterface
public interface SinkOpener {
    /** Of processes that send no events. */
    SinkOpener NONE = (kafka, node, secrets) -> {
        throw new GatewayException("kafka: this process cannot send events there, as it was started without the module"
                + " jerboa-kafka: start it with './jerboa serve', or leave the section out of the gateway's file");
    };

    /**
     * Opens it, whether or not it can be reached just now.
     *
     * @param node what the process is called
     * @throws GatewayException where the configuration makes no sense
     */
    EventSink open(KafkaConfig kafka, String node, Secrets secrets);
}
