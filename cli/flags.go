package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"regroup/model/nearest"
	"regroup/ui/text"
)

// keyed binds a flag to a key of the configuration. Flags are strings and are parsed and validated together with the file and
// the environment, so that errors read the same.
func keyed(flags *pflag.FlagSet, flag, key string) {
	if err := flags.SetAnnotation(flag, keyAnnotation, []string{key}); err != nil {
		panic(err) // no such flag: a mistake in this file that every test finds
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

// oneOf lists the accepted values of a flag: "auto, on or off".
func oneOf(values []string) string {
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// connectionFlags are the flags of the cluster and its connections. There is no flag for the password: all users of a
// machine can read its command lines.
func connectionFlags(flags *pflag.FlagSet) {
	flags.String("config", "", "configuration file, instead of ~/.config/regroup/config.yaml")
	flags.StringSliceP("brokers", "b", nil, "brokers as host:port, separated by commas")
	keyed(flags, "brokers", "brokers")
	textFlag(flags, "name", "name", "name of the cluster in the header")
	textFlag(flags, "client-id", "client_id", "name of regroup in the brokers' logs and quotas, its client.id (default regroup)")
	textFlag(flags, "timeout", "timeout", "timeout of a request (default 10s)")
	textFlag(flags, "dial-timeout", "dial_timeout", "timeout of connecting to a broker (default 5s)")
	boolFlag(flags, "tls", "tls.enabled", "connect with TLS")
	textFlag(flags, "tls-ca-file", "tls.ca_file", "CA certificates, a PEM file (default: those of the system)")
	textFlag(flags, "tls-cert-file", "tls.cert_file", "client certificate, a PEM file")
	textFlag(flags, "tls-key-file", "tls.key_file", "key of the client certificate, a PEM file")
	textFlag(flags, "tls-server-name", "tls.server_name", "host name to expect in the brokers' certificates")
	boolFlag(flags, "tls-skip-verify", "tls.skip_verify", "do not verify the brokers' certificates")
	textFlag(flags, "sasl-mechanism", "sasl.mechanism", "mechanism: "+oneOf(saslMechanisms))
	textFlag(flags, "sasl-username", "sasl.username", "user name; the password comes from REGROUP_SASL_PASSWORD or a file")
	textFlag(flags, "sasl-password-file", "sasl.password_file", "file with the password and nothing else")
}

// screenFlags are the flags of commands with a screen.
func screenFlags(flags *pflag.FlagSet) {
	textFlag(flags, "theme", "ui.theme", "theme: "+oneOf(themes)+" (default auto)")
	boolFlag(flags, "big", "ui.big", "presentation mode: larger and less, for a projector")
	flags.Bool("animation", true, "animate partitions that move")
	keyed(flags, "animation", "ui.animation")
	flags.Bool("mouse", true, "use the mouse")
	keyed(flags, "mouse", "ui.mouse")
	textFlag(flags, "focus-interval", "focus_interval", "interval of the polls of the group on the screen (default 250ms)")
}

// watchFlags are the flags of commands that follow a cluster over time.
func watchFlags(flags *pflag.FlagSet) {
	textFlag(flags, "tail", "tail", "read __consumer_offsets: "+oneOf(tailModes)+" (default auto)")
	textFlag(flags, "probe-interval", "probe_interval", "interval of the probes of the groups' states, or off (default 25ms)")
	textFlag(flags, "lag-alert", "lag_alert", "report groups whose lag rises above this number of records (default 0: off)")
}

// intervalFlag is the interval of polls: the key interval, or demo.interval in the demo.
func intervalFlag(flags *pflag.FlagSet, key, interval string) {
	textFlag(flags, "interval", key, "interval of the polls of the whole cluster (default "+interval+")")
}

// demoFlags are the flags of the demo.
func demoFlags(flags *pflag.FlagSet) {
	textFlag(flags, "scene", "demo.scene", "scene: a name from `regroup scenes`, or a file (default classic)")
	textFlag(flags, "prefix", "demo.prefix", "prefix of topics and groups that the demo creates on your cluster (default demo-)")
	textFlag(flags, "rate", "demo.rate", "records that are produced per second (default 50)")
}

// explainFlag words the error of a flag like the other errors of the configuration: with the accepted values, and with the
// nearest flag.
func explainFlag(flags *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		if name == "sasl-password" || name == "password" {
			return fmt.Errorf("there is no flag --%s, because all users of a machine can read its command lines; set REGROUP_SASL_PASSWORD, or use --sasl-password-file", name)
		}
		var names []string
		flags.VisitAll(func(flag *pflag.Flag) { names = append(names, "--"+flag.Name) })
		return fmt.Errorf("unknown flag --%s%s", text.Clean(name), nearest.DidYouMean("--"+name, names))
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return fmt.Errorf("--%s is %s; accepted: true or false", invalid.GetFlag().Name, quote(invalid.GetValue()))
	}
	return err
}
