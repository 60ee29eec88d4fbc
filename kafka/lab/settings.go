package lab

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"regroup/model"
	"regroup/model/nearest"
	"regroup/model/settings"
)

// Settings are some of a consumer's settings by name, with values as a Kafka client takes them:
// "session.timeout.ms": "6000". The names are those of package settings.
type Settings map[string]string

// SettingsOf are the settings by name, without those that are unset.
func SettingsOf(s model.ConsumerSettings) Settings {
	out := Settings{}
	for _, setting := range settings.All() {
		if value := setting.Get(s); value != "" {
			out[setting.Name] = value
		}
	}
	return out
}

// Consumer are a consumer's settings in full, with the defaults of package settings. The error is a [settings.Error], unless
// a setting is unknown.
func (s Settings) Consumer() (model.ConsumerSettings, error) {
	full := settings.Defaults()
	for name := range s {
		if _, known := settings.Named(name); !known {
			names := settings.Names()
			return full, fmt.Errorf("there is no setting %q%s; there are %s", name, nearest.DidYouMean(name, names), strings.Join(names, ", "))
		}
	}
	for _, setting := range settings.All() {
		if value, given := s[setting.Name]; given {
			if err := setting.Set(&full, value); err != nil {
				return full, err
			}
		}
	}
	full = settings.Complete(full)
	return full, settings.Validate(full)
}

// With are the settings with others over them.
func (s Settings) With(over Settings) Settings {
	out := Settings{}
	maps.Copy(out, s)
	maps.Copy(out, over)
	return out
}

func balanceStrategy(assignor string) (sarama.BalanceStrategy, error) {
	switch assignor {
	case sarama.RangeBalanceStrategyName:
		return sarama.NewBalanceStrategyRange(), nil
	case sarama.RoundRobinBalanceStrategyName:
		return sarama.NewBalanceStrategyRoundRobin(), nil
	case sarama.StickyBalanceStrategyName:
		return sarama.NewBalanceStrategySticky(), nil
	case sarama.CooperativeStickyBalanceStrategyName:
		return sarama.NewBalanceStrategyCooperativeSticky(), nil
	}
	return nil, fmt.Errorf("no strategy for partition.assignment.strategy %q", assignor)
}

func orDefault[T comparable](value, other T) (zero T) {
	if value == zero {
		return other
	}
	return value
}

// processingSetting is the setting that an action can change while the consumer runs.
const processingSetting = "processing.ms"

// parseProcessing reads a processing time. The error is a [settings.Error].
func parseProcessing(value string) (time.Duration, error) {
	var s model.ConsumerSettings
	setting, _ := settings.Named(processingSetting)
	err := setting.Set(&s, value)
	return s.ProcessingTime, err
}

func printProcessing(d time.Duration) string {
	setting, _ := settings.Named(processingSetting)
	return setting.Get(model.ConsumerSettings{ProcessingTime: d})
}

// validateProcessingTime checks a processing time. The error is a [settings.Error].
func validateProcessingTime(d time.Duration) error {
	_, err := parseProcessing(printProcessing(d))
	return err
}

// problemOf is what is wrong with a setting, without its name.
func problemOf(err error) string {
	var refused *settings.Error
	if errors.As(err, &refused) {
		return refused.Problem()
	}
	return err.Error()
}
