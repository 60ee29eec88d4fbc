package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"regroup/kafka"
	"regroup/kafka/lab"
	"regroup/model/nearest"
	"regroup/model/settings"
	"regroup/ui"
)

// The accepted values of keys that take one of a few words.
var (
	themes         = ui.Themes()
	saslMechanisms = kafka.Mechanisms()
	tailModes      = []string{tailAuto, tailOn, tailOff}
)

// minInterval protects a cluster from a wrong unit (1ms for 1m).
const minInterval = 50 * time.Millisecond

// minProbeInterval protects brokers from state probes that would show no more.
const minProbeInterval = 5 * time.Millisecond

// validation collects the errors of a configuration.
type validation struct {
	origin   func(key string) string
	problems []error
}

// reject adds an error; format begins after the key.
func (c *validation) reject(key, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("%s%s %s", key, c.origin(key), fmt.Sprintf(format, args...)))
}

func (c *validation) atLeast(key string, value, least time.Duration) {
	if value < least {
		c.reject(key, "is %s; accepted: a duration of at least %s", value, least)
	}
}

func (c *validation) oneOf(key string, value string, accepted []string) {
	if !slices.Contains(accepted, value) {
		c.reject(key, "is %s; accepted: %s%s", quote(value), strings.Join(accepted, ", "), nearest.DidYouMean(value, accepted))
	}
}

// validate checks every value, reads the password file, and normalises values with more than one spelling.
func validate(config *Config, origin func(key string) string) []error {
	c := &validation{origin: origin}
	c.cluster(config)
	c.atLeast("interval", config.Interval, minInterval)
	c.atLeast("focus_interval", config.FocusInterval, minInterval)
	c.oneOf("tail", config.Tail, tailModes)
	if config.ProbeInterval != 0 && config.ProbeInterval < minProbeInterval {
		c.reject("probe_interval", "is %s; accepted: a duration of at least %s, or off", config.ProbeInterval, minProbeInterval)
	}
	if config.LagAlert < 0 {
		c.reject("lag_alert", "is %d; accepted: a number of records, or 0 for no alerts", config.LagAlert)
	}
	c.oneOf("ui.theme", config.UI.Theme, themes)
	if config.ClientID == "" {
		c.reject("client_id", "is empty; brokers need it for their logs and quotas")
	}
	c.demo(config.Demo)
	return c.problems
}

// cluster checks how the cluster is reached, and reads the password file.
func (c *validation) cluster(config *Config) {
	for _, limit := range []struct {
		key   string
		value time.Duration
	}{{"timeout", config.Timeout}, {"dial_timeout", config.DialTimeout}} {
		if limit.value == 0 { // package kafka takes 0 for the default
			c.atLeast(limit.key, limit.value, time.Millisecond)
		}
	}
	config.SASL.Mechanism = strings.ToUpper(config.SASL.Mechanism)
	passwordRead := c.readPassword(&config.SASL)
	for _, problem := range config.kafka().Problems() {
		key := problem.Setting
		if key == "sasl.password" && config.SASL.PasswordFile != "" {
			if !passwordRead {
				continue
			}
			key = "sasl.password_file"
		}
		c.reject(key, "%s", strings.ReplaceAll(problem.Problem, problem.Setting+" ", key+" "))
	}
}

// readPassword reads the password file, if there is one. It returns false after a problem with it.
func (c *validation) readPassword(config *SASLConfig) bool {
	const key = "sasl.password_file"
	if config.PasswordFile == "" {
		return true
	}
	if config.Password != "" {
		c.reject(key, "and sasl.password are both set; use one of them")
		return false
	}
	content, err := os.ReadFile(config.PasswordFile)
	if err != nil {
		c.reject(key, "cannot be read: %v", err)
		return false
	}
	config.Password = strings.TrimRight(string(content), "\r\n")
	if config.Password == "" {
		c.reject(key, "is empty; it must contain the password and nothing else")
		return false
	}
	return true
}

func (c *validation) demo(config DemoConfig) {
	if scenes := lab.Scenes(); !isSceneFile(config.Scene) && !slices.Contains(scenes, config.Scene) {
		c.reject("demo.scene", "is %s; accepted: %s, or a file such as ./mine.yaml%s", quote(config.Scene), strings.Join(scenes, ", "), nearest.DidYouMean(config.Scene, scenes))
	}
	c.atLeast("demo.interval", config.Interval, minInterval)
	if !(config.Rate >= 0 && config.Rate <= maxRate) { // in this form it is true for NaN
		c.reject("demo.rate", "is %v; accepted: 0 to %d records per second", config.Rate, int(maxRate))
	}
	if !topicPrefix.MatchString(config.Prefix) {
		c.reject("demo.prefix", "is %s; accepted: letters, digits, '.', '_' and '-', as in the name of a topic, at most 100 of them", quote(config.Prefix))
	}
	var refused *settings.Error
	if errors.As(settings.Validate(settings.Complete(config.Consumer)), &refused) {
		c.reject("demo.consumer."+settingKey(refused.Name), "%s", refused.Problem())
	}
}

// topicPrefix leaves room for a name within the 249 characters that Kafka allows.
var topicPrefix = regexp.MustCompile(`^[A-Za-z0-9._-]{0,100}$`)

// maxRate is the highest rate of a demo producer, in records per second.
const maxRate = 100_000
