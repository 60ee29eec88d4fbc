package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"regroup/kafka/lab"
	"regroup/model"
)

const small = "title: Mine\ntopics: [{name: orders, partitions: 2}, {name: payments, partitions: 1}]\n" +
	"producers: [{topic: orders, rate: 7}, {topic: payments}]\nsettings: {session.timeout.ms: 8000}\ngroups: [{name: g, consumers: [c-1]}]\n"

func writeScene(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestScenesCommand(t *testing.T) {
	mine := writeScene(t, "mine.yaml", small)
	broken := writeScene(t, "broken.yml", "topics: [{name: orders, partition: 2}]\n")
	for _, c := range []struct {
		why  string
		args []string
		code int
		want []string
	}{
		{"all of them", []string{"scenes"}, exitOK, []string{"classic         Consumers share a topic", "\ntwo-partitions  More consumers"}},
		{"the file of one", []string{"scenes", "crash"}, exitOK, []string{"# Press x on a consumer", "\ntopics:\n"}},
		{"a file of one's own", []string{"scenes", mine}, exitOK, []string{small}},
		{"a file with a mistake", []string{"scenes", broken}, exitUsage, []string{broken + `:1: topics[0] has the unknown key "partition"; did you mean "partitions"?`}},
		{"a name that there is not", []string{"scenes", "crush"}, exitUsage, []string{`there is no scene "crush"; did you mean "crash"?`}},
		{"a file that there is not", []string{"scenes", "./crash"}, exitUsage, []string{"cannot read the scene: open ./crash"}},
		{"a directory", []string{"scenes", filepath.Dir(mine) + "/"}, exitUsage, []string{"cannot read the scene"}},
		{"two", []string{"scenes", "crash", "slow"}, exitUsage, []string{`takes one scene, and also got "slow"`}},
		{"completion: names with titles, and files besides", []string{"__complete", "demo", "--scene", "cr"}, exitOK, []string{"crash\tA clean leave", ":0\n"}},
		{"completion of the argument", []string{"__complete", "scenes", ""}, exitOK, []string{"classic\tConsumers"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := runCLI(t, c.args...)
			r.expect(t, c.code)
			for _, want := range c.want {
				if !strings.Contains(r.stdout+r.stderr, want) {
					t.Errorf("got %q and %q, want %q in it", r.stdout, r.stderr, want)
				}
			}
		})
	}
}

// A flag goes before the scene, the scene before the configuration, that before the defaults.
func TestSceneAndConfiguration(t *testing.T) {
	path := writeScene(t, "mine.yaml", small)
	for _, c := range []struct {
		why          string
		args         []string
		environ      []string
		orders, rest float64
		session      string
		records      string
	}{
		{"the scene and the defaults", nil, nil, 7, 50, "8000", "50"},
		{"the configuration where the scene says nothing", nil, []string{
			"REGROUP_DEMO_RATE=30", "REGROUP_DEMO_CONSUMER_SESSION_TIMEOUT_MS=20000", "REGROUP_DEMO_CONSUMER_MAX_POLL_RECORDS=3",
		}, 7, 30, "8000", "3"},
		{"the flag before all", []string{"--rate", "90"}, []string{"REGROUP_DEMO_RATE=30"}, 90, 90, "8000", "50"},
	} {
		t.Run(c.why, func(t *testing.T) {
			for _, entry := range c.environ {
				name, value, _ := strings.Cut(entry, "=")
				t.Setenv(name, value)
			}
			flags := pflag.NewFlagSet("", pflag.ContinueOnError)
			connectionFlags(flags)
			demoFlags(flags)
			must(t, flags.Parse(append([]string{"--scene", path}, c.args...)))
			config, _, err := loadConfig(flags, c.environ)
			must(t, err)
			scene, err := (&app{config: config}).scene(flags)
			must(t, err)
			if scene.Name != "mine" || scene.Producers[0].Rate != model.Some(c.orders) || scene.Producers[1].Rate != model.Some(c.rest) ||
				scene.Settings["session.timeout.ms"] != c.session || scene.Settings["max.poll.records"] != c.records {
				t.Errorf("the scene is %+v", scene)
			}
		})
	}
}

func TestSceneIsSavedOnce(t *testing.T) {
	scene, err := lab.SceneByName("classic")
	must(t, err)
	path := filepath.Join(t.TempDir(), "saved.yaml")
	written, err := saveScene(scene, path)
	if err != nil || written != path {
		t.Fatalf("written to %q: %v", written, err)
	}
	again, content, err := readScene(path)
	must(t, err)
	if again.Title != scene.Title || !strings.HasPrefix(string(content), "# The set-up of a lab") {
		t.Errorf("there is %s", content)
	}
	if _, err := saveScene(scene, path); err == nil || !strings.Contains(err.Error(), path+" exists already and is not overwritten") {
		t.Errorf("a second time: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(content) {
		t.Error("it was written over all the same")
	}
	if _, err := saveScene(scene, filepath.Join(path, "below")); err == nil {
		t.Error("a file was made below a file")
	}
	t.Setenv("HOME", filepath.Dir(path))
	if home, err := saveScene(scene, "~/other.yaml"); err != nil || home != filepath.Join(filepath.Dir(path), "other.yaml") {
		t.Errorf("into the home: %q, %v", home, err)
	}
}

// What is meant by a scene that is called like a file, or the other way round.
func TestIsSceneFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"mine", "classic"} {
		must(t, os.WriteFile(name, nil, 0o600))
	}
	for scene, want := range map[string]bool{
		"classic": false, "./classic": true, "mine": true, "other": false, "other.yaml": true, "OTHER.YML": true, "a/b": true, "": false,
	} {
		if got := isSceneFile(scene); got != want {
			t.Errorf("%q is a file: %v, want %v", scene, got, want)
		}
	}
}
