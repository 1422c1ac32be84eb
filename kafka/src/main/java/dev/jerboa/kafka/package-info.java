/**
 * Events of the gateway to Apache Kafka.
 *
 * <pre>
 * KafkaConfig + secrets → ProducerSettings, checked at the start → KafkaSink → producer (idempotent, waits for all replicas)
 * events of one batch → EventJson, keyed by id → each acknowledged | too large | not known in time → Receipt
 * </pre>
 *
 * <p>Above {@code gateway}, whose {@code outbox} says what is sent and when; {@link dev.jerboa.kafka.KafkaSink} is the door.
 */
@NullMarked
package dev.jerboa.kafka;

import org.jspecify.annotations.NullMarked;
