package kafkatest

import (
	"os"
	"os/exec"
	"path/filepath"
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
