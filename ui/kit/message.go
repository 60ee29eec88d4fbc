package kit

import (
	tea "charm.land/bubbletea/v2"

	"regroup/model"
)

// Messages by which a screen asks the shell for something. The shell knows all screens, has the ports, and has the
// context that ends with the program.
type (
	// OpenGroup opens a group's screen.
	OpenGroup struct{ ID string }
	// OpenCard opens the card of one of a group's rebalances.
	OpenCard struct {
		Group     string
		Rebalance *model.Rebalance // nil: the newest, or the one that is under way
	}
	// OpenLab opens the lab with this group chosen; "" is the first.
	OpenLab struct{ Group string }
	// OpenWhatIf opens the page on which a group is changed.
	OpenWhatIf struct{ Group string }
	// OpenCompare opens all groups side by side.
	OpenCompare struct{}
	// Back closes the screen.
	Back struct{}
	// Notice is one line in the footer for a few seconds.
	Notice struct {
		Text string
		Bad  bool
	}
	// Command opens the command line with something in it already.
	Command struct{ Line string }
	// DoLab has the lab do something.
	DoLab struct{ Action model.LabAction }
	// RemoveMember has a member removed from its group.
	RemoveMember struct {
		Group  string
		Member model.MemberRef
	}
)

// Turned tells the group's screen which rebalance its card was turned to.
type Turned OpenCard

// DoubleClick is the second of two quick clicks of the left button on one cell.
type DoubleClick tea.Mouse

// Ask sends a message to the shell.
func Ask(msg tea.Msg) tea.Cmd {
	return func() tea.Msg { return msg }
}

// AskLab has the lab do something.
func AskLab(action model.LabAction) tea.Cmd { return Ask(DoLab{Action: action}) }

// Refuse says why a key does nothing.
func Refuse(why string) tea.Cmd { return Ask(Notice{Text: why, Bad: true}) }
