package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"regroup/model"
	"regroup/model/nearest"
	"regroup/model/settings"
)

const (
	envPrefix = "REGROUP_"
	envConfig = "REGROUP_CONFIG" // the path of the configuration file; --config goes before it
	// envTests begins the names of variables that steer the project's own tests; the program has no business with them.
	envTests = "REGROUP_TEST_"

	// keyAnnotation marks a flag that sets a key of the configuration, with the key.
	keyAnnotation = "regroup-key"
)

// loadConfig merges flags over environment over file over defaults, and checks the result. It returns everything that
// is wrong at once, each problem with the key, the value (never a secret one), where it came from and what is accepted.
func loadConfig(flags *pflag.FlagSet, environ []string) (config Config, warnings []string, err error) {
	config = DefaultConfig()
	fields := fieldsOf(&config)
	v := viper.New()

	file, err := configFile(flags, environ)
	if err != nil {
		return config, nil, usageError{err: err}
	}
	var problems []error
	if file != "" {
		if problems, err = readFile(v, file, fields); err != nil {
			return config, nil, usageError{err: err}
		}
		warnings = warnReadable(v, file)
	}
	problems = append(problems, unknownVariables(environ, fields)...)
	if len(problems) > 0 {
		return config, warnings, usageError{err: errors.Join(problems...)}
	}

	origin, err := bind(v, fields, flags, file)
	if err != nil {
		return config, warnings, err
	}
	for _, f := range fields {
		if !v.IsSet(f.key) {
			continue // no default of its own and nobody set it: the zero value
		}
		if err := f.set(v.Get(f.key)); err != nil {
			problems = append(problems, fmt.Errorf("%s%s %w", f.key, origin(f.key), err))
		}
	}
	if len(problems) == 0 {
		problems = validate(&config, origin)
	}
	if len(problems) > 0 {
		return config, warnings, usageError{err: errors.Join(problems...)}
	}
	return config, warnings, nil
}

// configFile is the file to read: --config, else REGROUP_CONFIG, else the XDG place if there is a file; "" is none.
func configFile(flags *pflag.FlagSet, environ []string) (string, error) {
	if flag := flags.Lookup("config"); flag != nil && flag.Changed {
		return flag.Value.String(), nil
	}
	if path := lookupEnv(environ, envConfig); path != "" {
		return path, nil
	}
	path := defaultConfigFile(environ)
	if path == "" {
		return "", nil
	}
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR): // a service's HOME may be /dev/null
		return "", nil
	}
	return "", fmt.Errorf("cannot read the configuration file: %w", err)
}

// defaultConfigFile is $XDG_CONFIG_HOME/regroup/config.yaml, or ~/.config/regroup/config.yaml where that is not set; ""
// without a home.
func defaultConfigFile(environ []string) string {
	home := lookupEnv(environ, "XDG_CONFIG_HOME")
	// The XDG specification: a relative path there is invalid and is to be ignored.
	if !filepath.IsAbs(home) {
		user := lookupEnv(environ, "HOME")
		if runtime.GOOS == "windows" {
			user = lookupEnv(environ, "USERPROFILE")
		}
		if user == "" {
			return ""
		}
		home = filepath.Join(user, ".config")
	}
	return filepath.Join(home, "regroup", "config.yaml")
}

// readFile loads the file into v, before anything else is in it, so that its keys are exactly the file's.
func readFile(v *viper.Viper, path string, fields []field) ([]error, error) {
	v.SetConfigFile(path)
	v.SetConfigType("yaml") // whatever the file's name ends in
	if err := v.ReadInConfig(); err != nil {
		return nil, fmt.Errorf("cannot read the configuration file %s: %w", path, explainYAML(err))
	}
	var problems []error
	keys := v.AllKeys()
	slices.Sort(keys)
	for _, key := range keys {
		if slices.ContainsFunc(fields, func(f field) bool { return f.key == key }) {
			continue
		}
		if slices.ContainsFunc(fields, func(f field) bool { return strings.HasPrefix(f.key, key+".") }) {
			if v.Get(key) == nil { // all of its keys are commented out
				continue
			}
			problems = append(problems, fmt.Errorf("%s in %s is a section and takes keys of its own, not a value", quote(key), path))
			continue
		}
		if i := slices.IndexFunc(fields, func(f field) bool { return strings.HasPrefix(key, f.key+".") }); i >= 0 {
			problems = append(problems, fmt.Errorf("%s in %s takes a value, not keys of its own such as %s", quote(fields[i].key), path, quote(key)))
			continue
		}
		problems = append(problems, fmt.Errorf("unknown key %s in %s%s", quote(key), path, nearest.DidYouMean(key, keysOf(fields))))
	}
	return problems, nil
}

// explainYAML says what is wrong with a file without the words of the libraries that read it, and without what is in
// it where it is no configuration at all: it may be a file with a password, named by mistake.
func explainYAML(err error) error {
	var parse viper.ConfigParseError
	if !errors.As(err, &parse) {
		return err
	}
	if strings.Contains(err.Error(), "into map[string]interface") {
		return errors.New("it is not a list of keys and values such as brokers: [kafka-1:9092]")
	}
	return parse.Unwrap()
}

// warnReadable warns of a password in a file that everybody on the machine can read.
func warnReadable(v *viper.Viper, path string) []string {
	if v.GetString("sasl.password") == "" || runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o004 == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s holds a password and everybody on this machine can read it; chmod 600 it, or use sasl.password_file", path)}
}

// unknownVariables finds variables that begin with REGROUP_ and set nothing: a slip in a name must not go unnoticed.
func unknownVariables(environ []string, fields []field) []error {
	known := []string{envConfig}
	for _, f := range fields {
		known = append(known, f.variable())
	}
	var problems []error
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name) // there it is the same variable
		}
		if !strings.HasPrefix(strings.ToUpper(name), envPrefix) || strings.HasPrefix(name, envTests) || slices.Contains(known, name) {
			continue
		}
		problems = append(problems, fmt.Errorf("unknown environment variable %s%s", quote(name), nearest.DidYouMean(name, known)))
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

// bind lays defaults, variables and flags into v and returns what tells where the value of a key comes from.
func bind(v *viper.Viper, fields []field, flags *pflag.FlagSet, file string) (origin func(key string) string, err error) {
	flagOf := map[string]*pflag.Flag{}
	flags.VisitAll(func(flag *pflag.Flag) {
		for _, key := range flag.Annotations[keyAnnotation] {
			flagOf[key] = flag
		}
	})
	variable := map[string]string{}
	for _, f := range fields {
		variable[f.key] = f.variable()
		err = errors.Join(err, v.BindEnv(f.key, f.variable()))
		if flag := flagOf[f.key]; flag != nil {
			err = errors.Join(err, v.BindPFlag(f.key, flag))
		}
		// Last, and from the struct itself, so that DefaultConfig is the only place where a default is written.
		v.SetDefault(f.key, f.current())
	}
	return func(key string) string {
		switch flag := flagOf[key]; {
		case flag != nil && flag.Changed:
			return " (--" + flag.Name + ")"
		case os.Getenv(variable[key]) != "":
			return " (" + variable[key] + ")"
		case file != "" && v.InConfig(key):
			return " (" + file + ")"
		}
		return ""
	}, err
}

func lookupEnv(environ []string, name string) string {
	for _, entry := range environ {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// field is one key of the configuration and where its value goes.
type field struct {
	key    string
	secret bool
	off    bool // a duration that may be none at all: off
	value  reflect.Value
	// setting is the setting of a demo consumer that the key is; nil for other keys. Then value is all of its settings.
	setting *settings.Setting
}

// variable is the environment variable that sets the key.
func (f field) variable() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(f.key, ".", "_"))
}

// fieldsOf lists the keys of the configuration in the order in which the struct has them.
func fieldsOf(config *Config) []field {
	var fields []field
	var walk func(prefix string, value reflect.Value)
	walk = func(prefix string, value reflect.Value) {
		for i := range value.NumField() {
			name, option, _ := strings.Cut(value.Type().Field(i).Tag.Get("key"), ",")
			key := prefix + name
			if value.Field(i).Type() == reflect.TypeFor[model.ConsumerSettings]() {
				for _, s := range settings.All() {
					if !s.Unique {
						fields = append(fields, field{key: key + "." + settingKey(s.Name), value: value.Field(i), setting: &s})
					}
				}
				continue
			}
			if value.Field(i).Kind() == reflect.Struct {
				walk(key+".", value.Field(i))
				continue
			}
			fields = append(fields, field{key: key, secret: option == "secret", off: option == "off", value: value.Field(i)})
		}
	}
	walk("", reflect.ValueOf(config).Elem())
	return fields
}

// settingKey is a Kafka setting's name as a key of the configuration.
func settingKey(name string) string { return strings.ReplaceAll(name, ".", "_") }

// current is the value of the field.
func (f field) current() any {
	if f.setting != nil {
		return f.setting.Get(*f.value.Addr().Interface().(*model.ConsumerSettings))
	}
	return f.value.Interface()
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}
