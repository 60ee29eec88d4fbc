package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"regroup/model/nearest"
	"regroup/ui/text"
)

// keyed marks a flag as the one that sets a key of the configuration. Values are texts here and are checked together
// with those of the file and of the environment, so that a mistake reads the same wherever it was made.
func keyed(flags *pflag.FlagSet, flag, key string) {
	if err := flags.SetAnnotation(flag, keyAnnotation, []string{key}); err != nil {
		panic(err) // the flag does not exist: a mistake in this file, seen by every test
	}
}

func textFlag(flags *pflag.FlagSet, flag, key, usage string) {
	flags.String(flag, "", usage)
	keyed(flags, flag, key)
}

func boolFlag(flags *pflag.FlagSet, flag, key, usage string) {
	flags.Bool(flag, false, usage)
	keyed(flags, flag, key)
}

// connectionFlags say which cluster, and how to reach it. There is none for the password: every user of a machine can
// read the command lines of the others.
func connectionFlags(flags *pflag.FlagSet) {
	flags.String("config", "", "configuration file, instead of ~/.config/regroup/config.yaml")
	flags.StringSliceP("brokers", "b", nil, "brokers as host:port, with commas between them")
	keyed(flags, "brokers", "brokers")
	textFlag(flags, "name", "name", "name that you give the cluster")
	textFlag(flags, "client-id", "client_id", "name of regroup in the brokers' logs and quotas, Kafka's client.id (default regroup)")
	textFlag(flags, "timeout", "timeout", "limit for each request (default 10s)")
	textFlag(flags, "dial-timeout", "dial_timeout", "limit for a connection to be made (default 5s)")
	boolFlag(flags, "tls", "tls.enabled", "encrypt the connections")
	textFlag(flags, "tls-ca-file", "tls.ca_file", "authorities to trust, a PEM file (default those of the system)")
	textFlag(flags, "tls-cert-file", "tls.cert_file", "certificate of the client, a PEM file")
	textFlag(flags, "tls-key-file", "tls.key_file", "key of the client's certificate, a PEM file")
	textFlag(flags, "tls-server-name", "tls.server_name", "name that the brokers' certificates must carry")
	boolFlag(flags, "tls-skip-verify", "tls.skip_verify", "accept any certificate")
	textFlag(flags, "sasl-mechanism", "sasl.mechanism", "mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
	textFlag(flags, "sasl-username", "sasl.username", "user name; the password comes from REGROUP_SASL_PASSWORD or a file")
	textFlag(flags, "sasl-password-file", "sasl.password_file", "file that holds the password and nothing else")
}

// screenFlags are for the commands that draw a screen.
func screenFlags(flags *pflag.FlagSet) {
	textFlag(flags, "theme", "ui.theme", "theme: auto, dark, light, high-contrast or colour-blind (default auto)")
	boolFlag(flags, "big", "ui.big", "few large things, for a projector")
	flags.Bool("animation", true, "let partitions travel over the screen when they move")
	keyed(flags, "animation", "ui.animation")
	flags.Bool("mouse", true, "react to the mouse")
	keyed(flags, "mouse", "ui.mouse")
	textFlag(flags, "focus-interval", "focus_interval", "pause between two looks at the group on the screen (default 250ms)")
}

// watchFlags are for the commands that follow a cluster over time.
func watchFlags(flags *pflag.FlagSet) {
	textFlag(flags, "tail", "tail", "read __consumer_offsets: auto, on or off (default auto)")
	textFlag(flags, "pulse-interval", "pulse_interval", "pause between two quick looks at the groups' states, or off (default 25ms)")
	textFlag(flags, "lag-alert", "lag_alert", "tell when a group's lag is above so many records (default 0: never)")
}

// intervalFlag sets the pause between two polls: interval for the monitor, demo.interval for the demo.
func intervalFlag(flags *pflag.FlagSet, key, pause string) {
	textFlag(flags, "interval", key, "pause from one look at the whole cluster to the next (default "+pause+")")
}

// demoFlags are for the demo.
func demoFlags(flags *pflag.FlagSet) {
	textFlag(flags, "scene", "demo.scene", "scene: a name that `regroup scenes` lists, or a file (default classic)")
	textFlag(flags, "prefix", "demo.prefix", "prefix of what the demo creates on your own cluster (default demo-)")
	textFlag(flags, "rate", "demo.rate", "records a second that are produced (default 50)")
}

// explainFlag says what is wrong with a flag as the other problems of a configuration are said: with what is accepted,
// and the nearest flag that there is.
func explainFlag(flags *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		if name == "sasl-password" || name == "password" {
			return fmt.Errorf("there is no flag --%s, because every user of a machine can read its command lines; set REGROUP_SASL_PASSWORD, or give --sasl-password-file", name)
		}
		var names []string
		flags.VisitAll(func(flag *pflag.Flag) { names = append(names, "--"+flag.Name) })
		return fmt.Errorf("unknown flag --%s%s", text.Clean(name), nearest.DidYouMean("--"+name, names))
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return fmt.Errorf("--%s is %s; accepted is true or false", invalid.GetFlag().Name, quote(invalid.GetValue()))
	}
	return err
}
