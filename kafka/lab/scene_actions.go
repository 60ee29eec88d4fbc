package lab

import (
	"slices"

	"regroup/model"
)

// sceneAction is something that a scene can do, with the keys that say to whom.
type sceneAction struct {
	kind  model.LabActionKind
	needs []string
	takes []string // that may be left out
}

func (a sceneAction) accepts(key string) bool {
	return slices.Contains(a.needs, key) || slices.Contains(a.takes, key)
}

// sceneActions are in the order in which they are offered.
var sceneActions = []sceneAction{
	{kind: model.LabStartConsumer, needs: []string{"consumer", "group"}, takes: []string{"settings"}},
	{kind: model.LabLeave, needs: []string{"consumer"}},
	{kind: model.LabKill, needs: []string{"consumer"}},
	{kind: model.LabCrash, needs: []string{"consumer"}, takes: []string{"records"}},
	{kind: model.LabRestart, needs: []string{"consumer"}},
	{kind: model.LabPause, needs: []string{"consumer"}},
	{kind: model.LabResume, needs: []string{"consumer"}},
	{kind: model.LabSlow, needs: []string{"consumer", "processing.ms"}},
	{kind: model.LabRate, needs: []string{"rate"}, takes: []string{"topic"}},
	{kind: model.LabAddPartitions, takes: []string{"topic", "partitions"}},
}

// ActionNames are what a scene can do by itself.
func ActionNames() []string {
	names := make([]string, len(sceneActions))
	for i, a := range sceneActions {
		names[i] = string(a.kind)
	}
	return names
}

func actionNamed(name string) (sceneAction, bool) {
	for _, a := range sceneActions {
		if string(a.kind) == name {
			return a, true
		}
	}
	return sceneAction{}, false
}
