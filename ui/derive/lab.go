package derive

import (
	"regroup/model"
)

// LabLacks says that the platform cannot do an action: its key is off.
func LabLacks(lab *model.LabSnapshot, kind model.LabActionKind) bool {
	for _, lack := range lab.Lacks {
		if len(lack) > len(kind) && lack[:len(kind)] == string(kind) && lack[len(kind)] == ':' {
			return true
		}
	}
	return false
}
