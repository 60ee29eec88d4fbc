package cli

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/settings"
)

// set sets the field to a value from YAML, a variable or a flag. It does not guess: a number is no duration (of what unit?)
// and no text (YAML reads 0123 as 83). The error follows the name of the key, and names the value and what is accepted.
func (f field) set(value any) error {
	if value == nil {
		return nil
	}
	if f.setting != nil {
		err := f.setting.Set(f.value.Addr().Interface().(*model.ConsumerSettings), strings.TrimSpace(fmt.Sprint(value)))
		var refused *settings.Error
		if errors.As(err, &refused) {
			return errors.New(refused.Problem())
		}
		return err
	}
	converted, accepted, err := f.convert(value)
	if err != nil {
		shown := fmt.Sprintf("is %s", quote(fmt.Sprint(value)))
		if f.secret {
			shown = "has a value that is not printed"
		}
		if err.Error() != "" {
			shown += " (" + err.Error() + ")"
		}
		return fmt.Errorf("%s; accepted: %s", shown, accepted)
	}
	f.value.Set(reflect.ValueOf(converted))
	return nil
}

var errNot = errors.New("") // not of the accepted kind, without more to say

func (f field) convert(value any) (converted any, accepted string, err error) {
	text, isText := value.(string)
	text = strings.TrimSpace(text)
	switch f.value.Interface().(type) {
	case string:
		accepted = "a text; put it in quotes"
		if isText {
			return value, accepted, nil
		}
	case bool:
		accepted = "true or false"
		if b, ok := value.(bool); ok {
			return b, accepted, nil
		}
		switch strings.ToLower(text) {
		case "true", "1":
			return true, accepted, nil
		case "false", "0":
			return false, accepted, nil
		}
	case int:
		accepted = "a whole number"
		if n, ok := value.(int); ok {
			return n, accepted, nil
		}
		if n, parseErr := strconv.Atoi(text); parseErr == nil {
			return n, accepted, nil
		}
	case float64:
		accepted = "a number"
		switch n := value.(type) {
		case float64:
			return n, accepted, nil
		case int:
			return float64(n), accepted, nil
		}
		if n, parseErr := strconv.ParseFloat(text, 64); parseErr == nil {
			return n, accepted, nil
		}
	case time.Duration:
		return f.convertDuration(value, text)
	case []string:
		accepted = "a list of texts, or one text with commas"
		if list, ok := texts(value); ok {
			return list, accepted, nil
		}
	default:
		return nil, "nothing", fmt.Errorf("no conversion to %s is written", f.value.Type())
	}
	return nil, accepted, errNot
}

// convertDuration parses a duration; off or 0 where the field may be off.
func (f field) convertDuration(value any, text string) (converted any, accepted string, err error) {
	accepted = "a duration with its unit, such as 500ms, 2s or 1m"
	if f.off {
		accepted += ", or off"
		if text == "off" || fmt.Sprint(value) == "0" {
			return time.Duration(0), accepted, nil
		}
	}
	if d, ok := value.(time.Duration); ok {
		return d, accepted, nil
	}
	if d, parseErr := time.ParseDuration(text); parseErr == nil && text != "0" {
		return d, accepted, nil
	}
	return nil, accepted, errNot
}

// texts converts a list of texts, without blanks around an element and without empty elements (a trailing comma).
func texts(value any) ([]string, bool) {
	var parts []string
	switch value := value.(type) {
	case string:
		parts = strings.Split(value, ",")
	case []string:
		parts = value
	case []any:
		for _, element := range value {
			text, ok := element.(string)
			if !ok {
				return nil, false
			}
			parts = append(parts, text)
		}
	default:
		return nil, false
	}
	var list []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list, true
}
