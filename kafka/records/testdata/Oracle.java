import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordJsonConverters;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;

/** Prints the records of __consumer_offsets that name a group, as Kafka's own classes read them: a JSON object a line. */
public class Oracle {
    public static void main(String[] arguments) throws Exception {
        String bootstrap = arguments[0], prefix = arguments[1];
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed",
            "key.deserializer", ByteArrayDeserializer.class.getName(), "value.deserializer", ByteArrayDeserializer.class.getName());
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            List<TopicPartition> all = consumer.partitionsFor("__consumer_offsets").stream()
                .map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    ObjectNode line = read(record);
                    JsonNode key = line.get("key");
                    String group = key.path("group").asText() + key.path("groupId").asText();
                    if (group.startsWith(prefix)) {
                        System.out.println(line);
                    }
                }
            }
        }
    }

    static ObjectNode read(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("partition", record.partition()).put("offset", record.offset()).put("written", record.timestamp());
        line.put("keyBytes", HexFormat.of().formatHex(record.key()));
        if (record.value() != null) {
            line.put("valueBytes", HexFormat.of().formatHex(record.value()));
        }
        CoordinatorRecord read = new GroupCoordinatorRecordSerde().deserialize(
            ByteBuffer.wrap(record.key()), record.value() == null ? null : ByteBuffer.wrap(record.value()));
        line.put("kind", read.key().apiKey());
        line.set("key", CoordinatorRecordJsonConverters.writeRecordKeyAsJson(read.key()));
        if (read.value() != null) {
            line.put("version", read.value().version());
            line.set("value", CoordinatorRecordJsonConverters.writeRecordValueAsJson(read.value().message(), read.value().version()));
            if (read.value().message() instanceof GroupMetadataValue generation && generation.protocolType().equals("consumer")) {
                ObjectNode topics = line.putObject("subscriptions"), partitions = line.putObject("assignments");
                for (GroupMetadataValue.MemberMetadata member : generation.members()) {
                    ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(member.subscription())).topics().stream().sorted()
                        .forEach(topics.putArray(member.memberId())::add);
                    if (member.assignment().length > 0) {
                        ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(member.assignment())).partitions().stream()
                            .map(TopicPartition::toString).sorted().forEach(partitions.putArray(member.memberId())::add);
                    }
                }
            }
        }
        return line;
    }
}
