package kafkatest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Kafka 4 logs by log4j 2, Kafka 3 and before by log4j 1; each reads its own file and ignores the other's. The
// time zone of every java is UTC: a log line carries none.
const (
	log4j2File = "log4j2.properties"
	log4j2     = `appender.file.type=File
appender.file.name=file
appender.file.fileName=${sys:kafkatest.log}
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=[%d{yyyy-MM-dd HH:mm:ss,SSS}] %p %m (%c)%n
rootLogger.level=${sys:kafkatest.level}
rootLogger.appenderRef.file.ref=file
`
	log4j1File = "log4j.properties"
	log4j1     = `log4j.rootLogger=${kafkatest.level}, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File=${kafkatest.log}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=[%d{yyyy-MM-dd HH:mm:ss,SSS}] %p %m (%c)%n
`
)

func writeLogConfiguration(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, log4j2File), []byte(log4j2), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, log4j1File), []byte(log4j1), 0o600)
}

var (
	//go:embed Members.java
	membersSource []byte
	//go:embed Streams.java
	streamsSource []byte
)

// compileJava compiles the Java programs once per cluster. Their classes lie beside the jars: see java. It needs the
// compiler that comes with a JDK.
func (c *Cluster) compileJava(t testing.TB) {
	t.Helper()
	Require(t, "javac")
	c.javac.Do(func() {
		arguments := []string{"-J-XX:TieredStopAtLevel=1", "-proc:none", "-cp", c.classpath, "-d", c.dir}
		for name, source := range map[string][]byte{"Members.java": membersSource, "Streams.java": streamsSource} {
			file := filepath.Join(c.dir, name)
			if c.compileProblem = os.WriteFile(file, source, 0o600); c.compileProblem != nil {
				return
			}
			arguments = append(arguments, file)
		}
		if output, err := exec.Command("javac", arguments...).CombinedOutput(); err != nil {
			c.compileProblem = fmt.Errorf("compile the Java programs: %w\n%s", err, output)
		}
	})
	if c.compileProblem != nil {
		t.Fatal(c.compileProblem)
	}
}

// StreamsInstance starts an instance of a Kafka Streams application that copies a topic to another one: a process of its
// own, which Leave closes. Its name is its client.id. Settings are KEY=VALUE.
func (c *Cluster) StreamsInstance(t testing.TB, name, application, from, to string, settings ...string) *Process {
	t.Helper()
	c.compileJava(t)
	log := c.file("streams")
	return c.process(t, "Kafka Streams", log, c.java("128", log, "WARN", "Streams", append([]string{
		c.Bootstrap(), from, to, "application.id=" + application, "client.id=" + name, "state.dir=" + log + ".state",
	}, settings...)...))
}

// java is a small java: many of them share a test machine of two cores.
func (c *Cluster) java(megabytes, log, level, class string, arguments ...string) *exec.Cmd {
	command := exec.Command("java", append([]string{
		"-Xmx" + megabytes + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Duser.timezone=UTC",
		"-Dkafkatest.log=" + log, "-Dkafkatest.level=" + level,
		"-Dlog4j2.configurationFile=" + filepath.Join(c.dir, log4j2File),
		"-Dlog4j.configuration=file:" + filepath.Join(c.dir, log4j1File),
		"-cp", c.classpath + string(os.PathListSeparator) + c.dir, class, // c.dir: what was compiled for the tests
	}, arguments...)...)
	command.Dir = c.dir
	return command
}
