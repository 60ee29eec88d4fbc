package cli

import (
	"time"

	"regroup/kafka"
	"regroup/kafka/forecast"
	"regroup/kafka/lab"
	"regroup/kafka/poll"
	"regroup/kafka/probe"
	"regroup/model"
	"regroup/model/settings"
	"regroup/ui"
)

// Config is the configuration. The `key` tags are the only list of its keys: the file, the environment (REGROUP_ and the
// key in capitals, with underscores for dots) and the errors about unknown keys follow from them.
type Config struct {
	Brokers       []string      `key:"brokers"`
	Name          string        `key:"name"`
	ClientID      string        `key:"client_id"`
	Interval      time.Duration `key:"interval"`
	FocusInterval time.Duration `key:"focus_interval"`
	Tail          string        `key:"tail"`
	ProbeInterval time.Duration `key:"probe_interval,off"` // 0 is off
	LagAlert      int           `key:"lag_alert"`          // records; 0 is off
	Timeout       time.Duration `key:"timeout"`
	DialTimeout   time.Duration `key:"dial_timeout"`
	TLS           TLSConfig     `key:"tls"`
	SASL          SASLConfig    `key:"sasl"`
	UI            UIConfig      `key:"ui"`
	Demo          DemoConfig    `key:"demo"`
}

// TLSConfig is the TLS of connections to brokers.
type TLSConfig struct {
	Enabled    bool   `key:"enabled"`
	CAFile     string `key:"ca_file"`
	CertFile   string `key:"cert_file"`
	KeyFile    string `key:"key_file"`
	ServerName string `key:"server_name"`
	SkipVerify bool   `key:"skip_verify"`
}

// SASLConfig is the authentication. The password is never printed.
type SASLConfig struct {
	Mechanism    string `key:"mechanism"`
	Username     string `key:"username"`
	Password     string `key:"password,secret"`
	PasswordFile string `key:"password_file"`
}

// UIConfig is the configuration of the screen.
type UIConfig struct {
	Theme     string `key:"theme"`
	Big       bool   `key:"big"`
	Animation bool   `key:"animation"`
	Mouse     bool   `key:"mouse"`
}

// onto sets the configured options of a screen, and those that every screen has.
func (c UIConfig) onto(o ui.Options) ui.Options {
	o.Theme, o.Big, o.Still, o.Mouse = c.Theme, c.Big, !c.Animation, c.Mouse
	o.Foresee, o.Assignors = forecast.Compute, forecast.Assignors()
	return o
}

// DemoConfig is the configuration of `regroup demo`.
type DemoConfig struct {
	Scene    string        `key:"scene"`
	Interval time.Duration `key:"interval"`
	Rate     float64       `key:"rate"`   // records per second
	Prefix   string        `key:"prefix"` // of topics and groups on the user's own cluster
	// Consumer has a key for each setting of package settings, dots as underscores, but for those that two consumers must not
	// share.
	Consumer model.ConsumerSettings `key:"consumer"`
}

// DefaultConfig is the default configuration, which config.example.yaml shows.
func DefaultConfig() Config {
	return Config{
		ClientID:      kafka.DefaultClientID,
		Interval:      poll.DefaultInterval,
		FocusInterval: poll.DefaultFocusInterval,
		Tail:          tailAuto,
		ProbeInterval: probe.DefaultInterval,
		Timeout:       kafka.DefaultTimeout,
		DialTimeout:   kafka.DefaultDialTimeout,
		UI:            UIConfig{Theme: "auto", Animation: true, Mouse: true},
		Demo: DemoConfig{
			Scene:    lab.Scenes()[0],
			Interval: 250 * time.Millisecond,
			Rate:     50,
			Prefix:   "demo-",
			Consumer: settings.Defaults(),
		},
	}
}

// The ways to use __consumer_offsets.
const (
	tailAuto = "auto" // where it is authorized and its traffic is low
	tailOn   = "on"   // where it is authorized, with any traffic
	tailOff  = "off"
)

// kafka is the configuration of the connections.
func (c Config) kafka() kafka.Config {
	return kafka.Config{
		Brokers:     c.Brokers,
		ClientID:    c.ClientID,
		Timeout:     c.Timeout,
		DialTimeout: c.DialTimeout,
		TLS:         kafka.TLSConfig(c.TLS),
		SASL:        kafka.SASLConfig{Mechanism: c.SASL.Mechanism, Username: c.SASL.Username, Password: c.SASL.Password},
		Name:        c.Name,
	}
}
