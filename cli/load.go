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
	envConfig = "REGROUP_CONFIG" // the path of the configuration file; --config overrides it
	// envTests is the prefix of variables of the project's own tests, which the program ignores.
	envTests = "REGROUP_TEST_"

	// keyAnnotation is the annotation of a flag with the key of the configuration that it sets.
	keyAnnotation = "regroup-key"
)

// loadConfig merges flags over environment over file over defaults, and validates the result. It returns all errors at
// once, each with the key, the value (unless it is secret), its origin and the accepted values.
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
			continue // not set, and without a default
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

// configFile is the file to read: --config, else REGROUP_CONFIG, else the default path if it exists; "" if there is none.
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

// defaultConfigFile is $XDG_CONFIG_HOME/regroup/config.yaml, or ~/.config/regroup/config.yaml if that is not set; "" without
// a home directory.
func defaultConfigFile(environ []string) string {
	home := lookupEnv(environ, "XDG_CONFIG_HOME")
	// The XDG specification says to ignore relative paths.
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

// readFile loads the file into v, which must be empty, so that its keys are those of the file.
func readFile(v *viper.Viper, path string, fields []field) ([]error, error) {
	v.SetConfigFile(path)
	v.SetConfigType("yaml") // with any file extension
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
			if v.Get(key) == nil { // all keys are commented out
				continue
			}
			problems = append(problems, fmt.Errorf("%s in %s is a section with keys, and takes no value", quote(key), path))
			continue
		}
		if i := slices.IndexFunc(fields, func(f field) bool { return strings.HasPrefix(key, f.key+".") }); i >= 0 {
			problems = append(problems, fmt.Errorf("%s in %s takes a value, and no keys such as %s", quote(fields[i].key), path, quote(key)))
			continue
		}
		problems = append(problems, fmt.Errorf("unknown key %s in %s%s", quote(key), path, nearest.DidYouMean(key, keysOf(fields))))
	}
	return problems, nil
}

// explainYAML removes the words of the YAML library from its error, and the content of a file that is no configuration: it
// may be a password file that was named by mistake.
func explainYAML(err error) error {
	var parse viper.ConfigParseError
	if !errors.As(err, &parse) {
		return err
	}
	if strings.Contains(err.Error(), "into map[string]interface") {
		return errors.New("it has no keys with values, such as brokers: [kafka-1:9092]")
	}
	return parse.Unwrap()
}

// warnReadable returns a warning if a file with a password is readable by all users.
func warnReadable(v *viper.Viper, path string) []string {
	if v.GetString("sasl.password") == "" || runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o004 == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s contains a password and is readable by all users of this machine; run chmod 600, or use sasl.password_file", path)}
}

// unknownVariables returns an error for each variable that begins with REGROUP_ and sets no key, such as a misspelt one.
func unknownVariables(environ []string, fields []field) []error {
	known := []string{envConfig}
	for _, f := range fields {
		known = append(known, f.variable())
	}
	var problems []error
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name) // the names are case-insensitive
		}
		if !strings.HasPrefix(strings.ToUpper(name), envPrefix) || strings.HasPrefix(name, envTests) || slices.Contains(known, name) {
			continue
		}
		problems = append(problems, fmt.Errorf("unknown environment variable %s%s", quote(name), nearest.DidYouMean(name, known)))
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

// bind binds defaults, variables and flags to v. origin returns where the value of a key comes from, for errors.
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
		// Last, and from the struct itself, so that DefaultConfig is the only place with defaults.
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

// field is one key of the configuration and its field in Config.
type field struct {
	key    string
	secret bool
	off    bool // a duration that may be off
	value  reflect.Value
	// setting is a setting of the demo's consumers; nil for other keys. Then value is the struct of all settings.
	setting *settings.Setting
}

// variable is the environment variable of the key.
func (f field) variable() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(f.key, ".", "_"))
}

// fieldsOf lists the keys of the configuration in the order of the struct.
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

// settingKey is the key of a Kafka setting.
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
