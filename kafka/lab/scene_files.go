package lab

import (
	"embed"
	"fmt"
	"strings"

	"regroup/model/nearest"
)

//go:embed scenes/*.yaml
var sceneFiles embed.FS

// sceneNames are in the order in which they are listed; the first is the default.
var sceneNames = []string{
	"classic", "two-partitions", "one-by-one", "two-groups", "crash", "slow", "heartbeat", "add-partitions", "assignors",
	"static", "commits", "state", "fetch", "tour",
}

// Scenes are the names of the built-in scenes, the default first.
func Scenes() []string { return append([]string(nil), sceneNames...) }

// SceneFile is the file of a built-in scene; "" is the default. The error lists their names.
func SceneFile(name string) ([]byte, error) {
	content, err := sceneFiles.ReadFile(sceneFile(orDefault(name, sceneNames[0])))
	if err != nil {
		return nil, fmt.Errorf("there is no scene %s%s; the scenes are %s", shown(name), nearest.DidYouMean(name, sceneNames), strings.Join(sceneNames, ", "))
	}
	return content, nil
}

// SceneByName reads a built-in scene; "" is the default. The error lists their names.
func SceneByName(name string) (Scene, error) {
	content, err := SceneFile(name)
	if err != nil {
		return Scene{}, err
	}
	return ParseScene(sceneFile(orDefault(name, sceneNames[0])), content)
}

func sceneFile(name string) string { return "scenes/" + name + ".yaml" }
