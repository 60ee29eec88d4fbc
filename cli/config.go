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

// Config is everything that can be set, by its key in the configuration file. The `key` tags are the only list of keys
// there is: the file, the environment (REGROUP_ and the key in capitals, dots as underscores) and the errors about
// unknown keys all follow from them.
type Config struct {
	Brokers       []string      `key:"brokers"`
	Name          string        `key:"name"`
	ClientID      string        `key:"client_id"`
	Interval      time.Duration `key:"interval"`
	FocusInterval time.Duration `key:"focus_interval"`
	Tail          string        `key:"tail"`
	PulseInterval time.Duration `key:"pulse_interval,off"` // 0 is off
	LagAlert      int           `key:"lag_alert"`          // records; 0 is none
	Timeout       time.Duration `key:"timeout"`
	DialTimeout   time.Duration `key:"dial_timeout"`
	TLS           TLSConfig     `key:"tls"`
	SASL          SASLConfig    `key:"sasl"`
	UI            UIConfig      `key:"ui"`
	Demo          DemoConfig    `key:"demo"`
}

// TLSConfig says how connections to the brokers are secured.
type TLSConfig struct {
	Enabled    bool   `key:"enabled"`
	CAFile     string `key:"ca_file"`
	CertFile   string `key:"cert_file"`
	KeyFile    string `key:"key_file"`
	ServerName string `key:"server_name"`
	SkipVerify bool   `key:"skip_verify"`
}

// SASLConfig says who regroup is. The password is never printed, whatever goes wrong.
type SASLConfig struct {
	Mechanism    string `key:"mechanism"`
	Username     string `key:"username"`
	Password     string `key:"password,secret"`
	PasswordFile string `key:"password_file"`
}

// UIConfig is how the screen looks and what it reacts to.
type UIConfig struct {
	Theme     string `key:"theme"`
	Big       bool   `key:"big"`
	Animation bool   `key:"animation"`
	Mouse     bool   `key:"mouse"`
}

// onto puts what is configured of the screen into its options, and what every screen has.
func (c UIConfig) onto(o ui.Options) ui.Options {
	o.Theme, o.Big, o.Still, o.Mouse = c.Theme, c.Big, !c.Animation, c.Mouse
	o.Foresee, o.Assignors = forecast.Compute, forecast.Assignors()
	return o
}

// DemoConfig is the scene that `regroup demo` plays.
type DemoConfig struct {
	Scene    string        `key:"scene"`
	Interval time.Duration `key:"interval"`
	Rate     float64       `key:"rate"`   // records a second
	Prefix   string        `key:"prefix"` // of topics and groups on a cluster of the user's own
	// Consumer has a key for each setting of package settings, dots as underscores, but for those that two consumers must not
	// share.
	Consumer model.ConsumerSettings `key:"consumer"`
}

// DefaultConfig is what holds where nobody says otherwise. config.example.yaml shows the same values.
func DefaultConfig() Config {
	return Config{
		ClientID:      kafka.DefaultClientID,
		Interval:      poll.DefaultInterval,
		FocusInterval: poll.DefaultFocusInterval,
		Tail:          tailAuto,
		PulseInterval: probe.DefaultInterval,
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
	tailAuto = "auto" // where it is allowed and not too busy
	tailOn   = "on"   // where it is allowed, however busy it is
	tailOff  = "off"
)

// kafka is how to reach the cluster, in the words of package kafka.
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
