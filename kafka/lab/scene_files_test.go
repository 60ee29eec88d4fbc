package lab

import (
	"slices"
	"strings"
	"testing"
)

// Every file is listed, has a title and a description, and is read and written as the same scene.
func TestSceneFiles(t *testing.T) {
	files, err := sceneFiles.ReadDir("scenes")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".yaml")
		names = append(names, name)
		t.Run(name, func(t *testing.T) {
			scene, err := SceneByName(name)
			if err != nil {
				t.Fatal(err)
			}
			if scene.Name != name || scene.Title == "" || scene.Description == "" {
				t.Errorf("it is called %q, with the title %q and the description %q", scene.Name, scene.Title, scene.Description)
			}
			content, _ := SceneFile(name)
			if !strings.HasPrefix(string(content), "# ") {
				t.Error("it does not begin with a comment about what to look at")
			}
			roundTrip(t, scene)
		})
	}
	offered := Scenes()
	slices.Sort(offered)
	if slices.Sort(names); !slices.Equal(names, offered) {
		t.Errorf("there are files %v, offered are %v", names, offered)
	}
}
