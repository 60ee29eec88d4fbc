package phrase

import (
	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/theme"
)

// LabStyle is the style of the state of a lab consumer.
func LabStyle(th *theme.Theme, state model.LabState) lipgloss.Style {
	switch state {
	case model.LabRunning:
		return th.Good
	case model.LabStarting, model.LabLeaving, model.LabPaused, model.LabExpelled:
		return th.Warn
	case model.LabKilled, model.LabFailed:
		return th.Bad
	}
	return th.Dim
}

// LabSign distinguishes the states of a process without colour.
func LabSign(state model.LabState) string {
	switch state {
	case model.LabStarting:
		return "◌"
	case model.LabRunning:
		return "●"
	case model.LabPaused:
		return "‖"
	case model.LabLeaving:
		return "◐"
	case model.LabExpelled:
		return "!"
	case model.LabLeft:
		return "○"
	case model.LabKilled, model.LabFailed:
		return "✕"
	}
	return "?"
}
