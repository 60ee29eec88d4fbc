package kafkatest

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed pom.xml
var pom []byte

// classpath resolves what a release of Kafka needs to run, by Maven into its local repository, and remembers the
// answer: Maven takes seconds where a look at the files takes milliseconds. Test binaries of several packages start
// at the same time, and Maven's repository does not like that: the first one resolves, the others wait for it.
func classpath(ctx context.Context, version string) (string, error) {
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	recipe := sha256.Sum256(pom)
	file := filepath.Join(dir, fmt.Sprintf("kafka-%s-%x.classpath", version, recipe[:6]))
	unlock, err := lock(filepath.Join(dir, "maven.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if jars, err := os.ReadFile(file); err == nil && allExist(string(jars)) {
		return string(jars), nil
	}
	if err := resolve(ctx, version, file); err != nil {
		return "", err
	}
	jars, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the class path of Kafka %s: %w", version, err)
	}
	return string(jars), nil
}

func resolve(ctx context.Context, version, file string) error {
	dir, err := os.MkdirTemp("", "regroup-pom-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "pom.xml"), pom, 0o600); err != nil {
		return err
	}
	output, err := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", filepath.Join(dir, "pom.xml"),
		"-Dkafka.version="+version, "dependency:build-classpath", "-Dmdep.outputFile="+file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("resolve Kafka %s by Maven: %w\n%s", version, err, tail(string(output), 20))
	}
	return nil
}

func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir() // no HOME: some CI machines
	}
	dir := filepath.Join(base, "regroup", "kafkatest")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("create the cache of class paths: %w", err)
	}
	return dir, nil
}

// allExist says whether Maven's repository still has every jar.
func allExist(classpath string) bool {
	for _, jar := range strings.Split(strings.TrimSpace(classpath), string(os.PathListSeparator)) {
		if _, err := os.Stat(jar); err != nil {
			return false
		}
	}
	return true
}

// tail is the last lines of an output.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
