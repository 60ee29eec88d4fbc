import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Many consumers of the Java client in one process, told by lines on standard input what to do. A topic list that
 * begins with ^ is a pattern.
 *
 * partition.assignment.strategy may name an assignor that is in here: Members$ByRegion, Members$ByShelf.
 *
 * start NAME TOPIC,TOPIC KEY=VALUE...    subscribe NAME TOPIC,TOPIC    slow NAME MILLISECONDS    stop NAME
 *
 * It ends, and its consumers with it, when its input does.
 */
public class Members {
    private static final Map<String, Member> members = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("start")) {
                Member member = new Member(words[1], words[2], arguments[0], Arrays.copyOfRange(words, 3, words.length));
                members.put(words[1], member);
                member.start();
            } else {
                members.get(words[1]).todo.add(words);
            }
        }
        System.exit(0); // as a crash: nobody leaves its group
    }

    /** A cooperative assignor that regroup does not know. */
    public static final class ByRegion extends CooperativeStickyAssignor {
        @Override
        public String name() {
            return "by-region";
        }
    }

    /** An eager one. */
    public static final class ByShelf extends RangeAssignor {
        @Override
        public String name() {
            return "by-shelf";
        }
    }

    /** A consumer and its thread: a KafkaConsumer is not for several. */
    private static final class Member extends Thread {
        final ConcurrentLinkedQueue<String[]> todo = new ConcurrentLinkedQueue<>();
        private final String topics;
        private final Properties properties = new Properties();

        Member(String name, String topics, String brokers, String[] settings) {
            super(name);
            this.topics = topics;
            properties.put("bootstrap.servers", brokers);
            properties.put("client.id", name);
            properties.put("auto.offset.reset", "earliest");
            properties.put("key.deserializer", ByteArrayDeserializer.class);
            properties.put("value.deserializer", ByteArrayDeserializer.class);
            for (String setting : settings) {
                String[] pair = setting.split("=", 2);
                properties.put(pair[0], pair[1]);
            }
        }

        @Override
        public void run() {
            try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
                subscribe(consumer, topics);
                while (true) {
                    consumer.poll(Duration.ofMillis(50));
                    String[] words = todo.poll();
                    if (words == null) {
                        continue;
                    }
                    switch (words[0]) {
                        case "subscribe" -> subscribe(consumer, words[2]);
                        case "slow" -> Thread.sleep(Long.parseLong(words[2]));
                        case "stop" -> {
                            return;
                        }
                        default -> throw new IllegalArgumentException(words[0]);
                    }
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e); // nobody interrupts
            } finally {
                System.out.println("stopped " + getName());
            }
        }

        private static void subscribe(KafkaConsumer<byte[], byte[]> consumer, String topics) {
            if (topics.startsWith("^")) {
                consumer.subscribe(Pattern.compile(topics));
            } else {
                consumer.subscribe(Arrays.asList(topics.split(",")));
            }
        }
    }
}
