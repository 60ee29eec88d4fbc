package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"regroup/model/nearest"
	"regroup/model/settings"
)

// loadWith loads a configuration from the text of a file ("" is no file), variables and flags, with a home of its own.
func loadWith(t *testing.T, file string, env map[string]string, args ...string) (Config, []string, error) {
	t.Helper()
	home := t.TempDir()
	environ := []string{"XDG_CONFIG_HOME=" + home, "REGROUP_TEST_KAFKA=required"}
	if file != "" {
		writeFile(t, filepath.Join(home, "regroup", "config.yaml"), file)
	}
	for name, value := range env {
		t.Setenv(name, value)
		environ = append(environ, name+"="+value)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	connectionFlags(flags)
	screenFlags(flags)
	watchFlags(flags)
	intervalFlag(flags, "interval", "1s")
	demoFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return loadConfig(flags, environ)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConfigPrecedence(t *testing.T) {
	const file = "brokers: [file:1]\ninterval: 3s\nui: {theme: dark, mouse: false}\n"
	env := map[string]string{"REGROUP_BROKERS": "env:1, env:2,", "REGROUP_INTERVAL": "4s"}
	cases := []struct {
		why      string
		file     string
		env      map[string]string
		args     []string
		brokers  []string
		interval time.Duration
		theme    string
		mouse    bool
	}{
		{"nothing is said: the defaults", "", nil, nil, nil, time.Second, "auto", true},
		{"the file goes before the defaults", file, nil, nil, []string{"file:1"}, 3 * time.Second, "dark", false},
		{"a variable goes before the file", file, env, nil, []string{"env:1", "env:2"}, 4 * time.Second, "dark", false},
		{"a flag goes before a variable", file, env, []string{"--brokers", "flag:1,flag:2", "--interval=5s", "--mouse"},
			[]string{"flag:1", "flag:2"}, 5 * time.Second, "dark", true},
		{"a flag may be given twice", "", nil, []string{"-b", "a:1", "-b", "b:1"}, []string{"a:1", "b:1"}, time.Second, "auto", true},
		{"an empty variable is not set", file, map[string]string{"REGROUP_INTERVAL": ""}, nil, []string{"file:1"}, 3 * time.Second, "dark", false},
		{"one text with commas is a list", "brokers: a:1,b:2\n", nil, nil, []string{"a:1", "b:2"}, time.Second, "auto", true},
		{"keys are known in any case", "Interval: 2s\n", nil, nil, nil, 2 * time.Second, "auto", true},
		{"a section whose keys are commented out", "tls:\n# enabled: true\nsasl:\n", nil, nil, nil, time.Second, "auto", true},
		{"an empty file", "# nothing yet\n", nil, nil, nil, time.Second, "auto", true},
		{"an empty value is the default", "interval:\nbrokers: []\n", nil, nil, nil, time.Second, "auto", true},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			config, _, err := loadWith(t, c.file, c.env, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(config.Brokers, c.brokers) || config.Interval != c.interval ||
				config.UI.Theme != c.theme || config.UI.Mouse != c.mouse {
				t.Errorf("brokers %q, interval %s, ui %+v; want %q, %s, %s %t",
					config.Brokers, config.Interval, config.UI, c.brokers, c.interval, c.theme, c.mouse)
			}
		})
	}
}

// Every error names the key, the value and what is accepted, and all errors are reported at once.
func TestConfigProblems(t *testing.T) {
	cases := []struct {
		why  string
		file string
		env  map[string]string
		args []string
		want []string // all in the error
	}{
		{"an unknown key in the file, and the nearest known one", "intervall: 2s\n", nil, nil, []string{`unknown key "intervall"`, `did you mean "interval"`, "config.yaml"}},
		{"an unknown key of a section", "sasl: {user: x}\n", nil, nil, []string{`unknown key "sasl.user"`, `"sasl.username"`}},
		{"a key that nothing is near", "zookeeper: x\n", nil, nil, []string{`unknown key "zookeeper"`}},
		{"a section is not a value", "tls: true\n", nil, nil, []string{`"tls"`, "is a section"}},
		{"a value is not a section", "interval: {seconds: 2}\n", nil, nil, []string{`"interval"`, "takes a value", `"interval.seconds"`}},
		{"two problems at once", "intervall: 2s\ntheme: x\n", nil, nil, []string{`"intervall"`, `"theme"`, `"ui.theme"`}},
		{"a variable in other letters would be ignored", "", map[string]string{"regroup_brokers": "a:1"}, nil,
			[]string{`unknown environment variable "regroup_brokers"`, `"REGROUP_BROKERS"`}},
		{"an unknown key without a value", "intervall:\n", nil, nil, []string{`unknown key "intervall"`}},
		{"an unknown variable", "", map[string]string{"REGROUP_BROKER": "a:1"}, nil, []string{`unknown environment variable "REGROUP_BROKER"`, `"REGROUP_BROKERS"`}},
		{"not a duration", "interval: banana\n", nil, nil, []string{"interval", `"banana"`, "500ms", "config.yaml"}},
		{"a duration without a unit is not guessed", "interval: 5\n", nil, nil, []string{"interval", `"5"`, "with its unit"}},
		{"no pause at all would flood the cluster", "interval: 0s\n", nil, nil, []string{"interval", "0s", "at least 50ms"}},
		{"zero without a unit", "", nil, []string{"--interval=0"}, []string{"interval (--interval)", `"0"`, "with its unit"}},
		{"negative", "", map[string]string{"REGROUP_INTERVAL": "-1s"}, nil, []string{"interval (REGROUP_INTERVAL)", "-1s", "at least 50ms"}},
		{"a flag's problem names the flag", "", nil, []string{"--interval", "soon"}, []string{"interval (--interval)", `"soon"`}},
		{"no such theme", "ui: {theme: drak}\n", nil, nil, []string{"ui.theme", `"drak"`, "auto, dark, light", `did you mean "dark"`}},
		{"no such scene", "", nil, []string{"--scene", "clasic"}, []string{"demo.scene (--scene)", `"clasic"`, "classic, two-partitions"}},
		{"not a truth value", "ui: {mouse: maybe}\n", nil, nil, []string{"ui.mouse", `"maybe"`, "true or false"}},
		{"a number is not a text: YAML reads 0123 as 83", "name: 0123\n", nil, nil, []string{"name", `"83"`, "in quotes"}},
		{"not a whole number", "demo: {consumer: {max_poll_records: 1.5}}\n", nil, nil, []string{"demo.consumer.max_poll_records", `"1.5"`, "whole number"}},
		{"a list inside a list", "brokers: [[a:1]]\n", nil, nil, []string{"brokers", "a list of texts"}},
		{"a broker without a port", "brokers: [kafka]\n", nil, nil, []string{"brokers", `"kafka"`, "kafka:9092"}},
		{"a port out of range", "", nil, []string{"-b", "kafka:90920"}, []string{"brokers (--brokers)", `"kafka:90920"`, "65535"}},
		{"a bare IPv6 address", "", nil, []string{"-b", "::1:9092"}, []string{`"::1:9092"`, "[::1]:9092"}},
		{"TLS files without TLS would be plaintext", "tls: {ca_file: ca.pem}\n", nil, nil, []string{"tls.ca_file", "tls.enabled is false"}},
		{"half a key pair", "tls: {enabled: true, cert_file: c.pem}\n", nil, nil, []string{"tls.cert_file", "tls.key_file"}},
		{"no such mechanism", "sasl: {mechanism: SCRAM, username: u, password: hunter2}\n", nil, nil, []string{"sasl.mechanism", `"SCRAM"`, "SCRAM-SHA-512"}},
		{"a user without a mechanism", "sasl: {username: u}\n", nil, nil, []string{"sasl.username", "config.yaml", "sasl.mechanism is not", "SCRAM-SHA-512"}},
		{"a password alone, and where it is", "", map[string]string{"REGROUP_SASL_PASSWORD": "hunter2"}, nil,
			[]string{"sasl.password (REGROUP_SASL_PASSWORD)", "sasl.mechanism is not"}},
		{"a mechanism without a password", "sasl: {mechanism: plain, username: u}\n", nil, nil, []string{"sasl.password", "REGROUP_SASL_PASSWORD"}},
		{"two passwords", "sasl: {mechanism: plain, username: u, password: hunter2, password_file: x}\n", nil, nil, []string{"sasl.password_file", "one of them"}},
		{"a password file that is not there", "sasl: {mechanism: plain, username: u, password_file: /nonesuch}\n", nil, nil, []string{"sasl.password_file", "/nonesuch"}},
		{"a password that is not a text", "sasl: {password: [hunter2]}\n", nil, nil, []string{"sasl.password", "not printed"}},
		{"no such way to read the topic", "tail: yes\n", nil, nil, []string{"tail", "auto, on, off"}},
		{"a probe every millisecond", "", nil, []string{"--probe-interval", "1ms"}, []string{"probe_interval (--probe-interval)", "1ms", "at least 5ms, or off"}},
		{"not an interval", "probe_interval: never\n", nil, nil, []string{"probe_interval", `"never"`, "or off"}},
		{"a lag below nothing", "", map[string]string{"REGROUP_LAG_ALERT": "-1"}, nil, []string{"lag_alert (REGROUP_LAG_ALERT)", "-1", "0 for no alerts"}},
		{"not a rate", "", nil, []string{"--rate", "NaN"}, []string{"demo.rate (--rate)", "NaN"}},
		{"a heartbeat as slow as the session", "demo: {consumer: {session_timeout_ms: 6000, heartbeat_interval_ms: 6000}}\n", nil, nil,
			[]string{"demo.consumer.heartbeat_interval_ms", "6000", "0 to 5999"}},
		{"not YAML", "brokers: [a:1\n", nil, nil, []string{"cannot read the configuration file", "config.yaml", "line"}},
		{"no keys at all, perhaps a file with a password", "hunter2\n", nil, nil, []string{"config.yaml", "keys with values"}},
		{"a list where keys belong", "- a:1\n", nil, nil, []string{"config.yaml", "keys with values"}},
		{"a key twice", "name: a\nname: b\n", nil, nil, []string{"cannot read the configuration file", "name"}},
		{"a file that is not there", "", nil, []string{"--config", "/nonesuch.yaml"}, []string{"cannot read the configuration file /nonesuch.yaml"}},
		{"an escape in a name is shown, not obeyed", "", nil, []string{"--theme", "\x1b[31m"}, []string{`"\x1b[31m"`}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			_, _, err := loadWith(t, c.file, c.env, c.args...)
			if err == nil {
				t.Fatal("no error")
			}
			if exitCode(err) != exitUsage {
				t.Errorf("exit code %d, want %d", exitCode(err), exitUsage)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error has no %s:\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the password:\n%v", err)
			}
		})
	}
}

func TestConfigPasswords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	writeFile(t, path, "from the file\n")
	config, _, err := loadWith(t, "sasl: {mechanism: scram-sha-256, username: u, password_file: "+path+"}\n", nil)
	if err != nil || config.SASL.Password != "from the file" || config.SASL.Mechanism != "SCRAM-SHA-256" {
		t.Errorf("a password file: %q %q, %v", config.SASL.Mechanism, config.SASL.Password, err)
	}

	config, _, err = loadWith(t, "sasl: {mechanism: PLAIN, username: u}\n", map[string]string{"REGROUP_SASL_PASSWORD": "  of the environment, with commas "})
	if err != nil || config.SASL.Password != "  of the environment, with commas " {
		t.Errorf("a password in the environment is taken as it is: %q, %v", config.SASL.Password, err)
	}
}

func TestConfigEmptyPasswordFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	writeFile(t, path, "\n")
	_, _, err := loadWith(t, "sasl: {mechanism: PLAIN, username: u, password_file: "+path+"}\n", nil)
	if err == nil || !strings.Contains(err.Error(), "sasl.password_file") || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("%v", err)
	}
}

// A service's home may be something that is no directory: it has no configuration file then.
func TestConfigHomeIsNoDirectory(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	writeFile(t, home, "")
	path, err := configFile(pflag.NewFlagSet("test", pflag.ContinueOnError), []string{"HOME=" + home, "USERPROFILE=" + home})
	if path != "" || err != nil {
		t.Errorf("%q, %v", path, err)
	}
}

func TestConfigWarnsOfAReadablePassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, path, "sasl: {mechanism: PLAIN, username: u, password: hunter2}\n")
	for _, c := range []struct {
		mode  os.FileMode
		warns bool
	}{{0o600, false}, {0o640, false}, {0o644, true}} {
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, warnings, err := loadWith(t, "", nil, "--config", path)
		if err != nil || (len(warnings) > 0) != c.warns {
			t.Errorf("mode %o: warnings %q, %v", c.mode, warnings, err)
		}
		if strings.Contains(strings.Join(warnings, " "), "hunter2") {
			t.Errorf("the warning shows the password: %q", warnings)
		}
	}
}

func TestConfigProbeIntervalOff(t *testing.T) {
	for _, c := range []struct {
		why, file string
		args      []string
		want      time.Duration
	}{
		{"the default", "", nil, 25 * time.Millisecond},
		{"off, which YAML could take for a truth value", "probe_interval: off\n", nil, 0},
		{"0 is off", "probe_interval: 0\n", nil, 0},
		{"by flag", "probe_interval: 50ms\n", []string{"--probe-interval=off"}, 0},
		{"slower", "probe_interval: 200ms\n", nil, 200 * time.Millisecond},
	} {
		config, _, err := loadWith(t, c.file, nil, c.args...)
		if err != nil || config.ProbeInterval != c.want {
			t.Errorf("%s: %s, %v; want %s", c.why, config.ProbeInterval, err, c.want)
		}
	}
	for _, mode := range []string{"auto", "on", "off"} { // on and off could be truth values too
		config, _, err := loadWith(t, "tail: "+mode+"\n", nil)
		if err != nil || config.Tail != mode {
			t.Errorf("tail: %s is %q, %v", mode, config.Tail, err)
		}
	}
}

// The example is what a user copies: it has every key, with its default, and says something about each.
func TestExampleConfig(t *testing.T) {
	content, err := os.ReadFile("../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	config, _, err := loadWith(t, string(content), nil)
	if err != nil {
		t.Fatalf("config.example.yaml does not load: %v", err)
	}
	if want := DefaultConfig(); !reflect.DeepEqual(config, want) {
		t.Errorf("config.example.yaml is not the defaults:\n%+v\n%+v", config, want)
	}

	for _, f := range fieldsOf(&config) {
		name := f.key[strings.LastIndex(f.key, ".")+1:]
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^ *%s:`, name)).Match(content) {
			t.Errorf("config.example.yaml has no key %s", f.key)
		}
	}
	for _, value := range slices.Concat(themes, saslMechanisms, tailModes) {
		if !regexp.MustCompile(`# .*\b` + value + `\b`).Match(content) {
			t.Errorf("config.example.yaml does not name the accepted value %s", value)
		}
	}
	if _, _, err := loadWith(t, string(content)+"\nnonesuch: 1\n", nil); err == nil {
		t.Error("config.example.yaml with an unknown key loads")
	}
}

// The settings of consumers in the example are those of package settings; -update writes them.
func TestExampleConfigHasTheConsumerSettings(t *testing.T) {
	const path, begin = "../config.example.yaml", "\n  consumer:\n"
	content, err := os.ReadFile(path)
	must(t, err)
	before, section, found := strings.Cut(string(content), begin)
	if !found {
		t.Fatal("config.example.yaml has no demo.consumer")
	}
	var want strings.Builder
	for _, s := range settings.All() {
		if !s.Unique {
			fmt.Fprintf(&want, "    # %s: %s.\n    # Accepted: %s.\n    %s: %s\n", s.Name, s.Help, s.Accepted(), settingKey(s.Name), s.Default)
		}
	}
	if flag.Lookup("update").Value.String() == "true" {
		must(t, os.WriteFile(path, []byte(before+begin+want.String()), 0o644))
	} else if section != want.String() {
		t.Errorf("demo.consumer in config.example.yaml is stale; go test ./cli -run %s -update writes it. It is\n%s\nwanted\n%s", t.Name(), section, want.String())
	}
}

// A key in the example that is only a name in another section would escape the look for names above.
func TestExampleConfigHasEveryKeyInItsSection(t *testing.T) {
	content, err := os.ReadFile("../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var found, path []string
	for _, line := range strings.Split(string(content), "\n") {
		match := regexp.MustCompile(`^( *)([a-z_]+):(.*)$`).FindStringSubmatch(line)
		if match == nil {
			continue
		}
		path = append(path[:len(match[1])/2], match[2])
		if strings.TrimSpace(match[3]) != "" {
			found = append(found, strings.Join(path, "."))
		}
	}
	config := DefaultConfig()
	if want := keysOf(fieldsOf(&config)); !reflect.DeepEqual(found, want) {
		t.Errorf("config.example.yaml has the keys\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
}

func TestDefaultConfigFile(t *testing.T) {
	for _, c := range []struct {
		environ []string
		want    string
	}{
		{[]string{"XDG_CONFIG_HOME=/x", "HOME=/h"}, "/x/regroup/config.yaml"},
		{[]string{"XDG_CONFIG_HOME=relative", "HOME=/h"}, "/h/.config/regroup/config.yaml"},
		{[]string{"HOME=/h"}, "/h/.config/regroup/config.yaml"},
		{nil, ""},
	} {
		if got := defaultConfigFile(c.environ); filepath.ToSlash(got) != c.want {
			t.Errorf("%q: %q, want %q", c.environ, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"brokers", "interval", "focus_interval", "sasl.password", "sasl.username"}
	for _, c := range []struct{ typed, want string }{
		{"broker", "brokers"},
		{"intreval", "interval"}, // a swap of neighbours is one slip
		{"INTERVAL", "interval"},
		{"sasl.pasword", "sasl.password"},
		{"password", "sasl.password"}, // a part of the key
	} {
		if got := nearest.Words(c.typed, keys); len(got) == 0 || got[0] != c.want {
			t.Errorf("%s: %q, want %s first", c.typed, got, c.want)
		}
	}
	if got := nearest.Words("zookeeper", keys); got != nil {
		t.Errorf("zookeeper has little to do with %q", got)
	}
}
