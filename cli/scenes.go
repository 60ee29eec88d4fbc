package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"regroup/kafka/lab"
)

func (a *app) scenesCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "scenes [NAME|FILE]", Short: "List the scenes of the demo, or print one to copy it",
		Long: `Lists the scenes that ` + "`regroup demo --scene`" + ` can play. With the name of a scene it prints its file, to start your own from; with a file it checks that file and prints it.

` + exitHelp,
		Example: `regroup scenes
regroup scenes classic > mine.yaml
regroup demo --scene mine.yaml`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{err: fmt.Errorf("%s takes one scene, and also got %s", command.CommandPath(), quote(args[1])), command: command.CommandPath()}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return sceneCompletions(), cobra.ShellCompDirectiveDefault
		},
	}
	command.RunE = func(_ *cobra.Command, args []string) error {
		*ended = a.scenes(args)
		return nil
	}
	return command
}

func (a *app) scenes(args []string) error {
	if len(args) > 0 {
		_, content, err := readScene(args[0])
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(content)
		return err
	}
	names := lab.Scenes()
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	for _, name := range names {
		scene, err := lab.SceneByName(name)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "%-*s  %s\n", width, name, scene.Title); err != nil {
			return err
		}
	}
	return nil
}

// sceneCompletions are the names of the scenes with their titles; a shell offers files where none matches.
func sceneCompletions() []cobra.Completion {
	var out []cobra.Completion
	for _, name := range lab.Scenes() {
		if scene, err := lab.SceneByName(name); err == nil {
			out = append(out, cobra.CompletionWithDesc(name, scene.Title))
		}
	}
	return out
}

// completeScene offers scenes to the shell.
func completeScene(command *cobra.Command) {
	if err := command.RegisterFlagCompletionFunc("scene", cobra.FixedCompletions(sceneCompletions(), cobra.ShellCompDirectiveDefault)); err != nil {
		panic(err) // there is no such flag: a mistake in this package, seen by every test
	}
}

// isSceneFile reports whether the value of --scene is a file: it has a directory or the extension of a scene file, or it exists
// and is not the name of a scene.
func isSceneFile(scene string) bool {
	if strings.ContainsAny(scene, `/`+string(os.PathSeparator)) {
		return true
	}
	if extension := strings.ToLower(filepath.Ext(scene)); extension == ".yaml" || extension == ".yml" {
		return true
	}
	if slices.Contains(lab.Scenes(), scene) {
		return false
	}
	_, err := os.Stat(scene)
	return scene != "" && err == nil
}

// readScene reads a scene by its name or path, and returns the content of its file as well.
func readScene(scene string) (lab.Scene, []byte, error) {
	if !isSceneFile(scene) {
		content, err := lab.SceneFile(scene)
		if err != nil {
			return lab.Scene{}, nil, usageError{err: fmt.Errorf("%w; a file is named by its path, such as ./mine.yaml", err)}
		}
		read, err := lab.SceneByName(scene)
		return read, content, err
	}
	file, err := os.Open(scene)
	if err != nil {
		return lab.Scene{}, nil, usageError{err: fmt.Errorf("cannot read the scene: %w", err)}
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, lab.MaxSceneFile+1)) // ParseScene refuses a file that is too large
	if err != nil {
		return lab.Scene{}, nil, usageError{err: fmt.Errorf("cannot read the scene: %w", err)}
	}
	read, err := lab.ParseScene(scene, content)
	if err != nil {
		return lab.Scene{}, nil, usageError{err: err}
	}
	return read, content, nil
}

// saveScene writes a scene to a new file. It never overwrites one.
func saveScene(scene lab.Scene, path string) (written string, err error) {
	content, err := scene.YAML()
	if err != nil {
		return "", err
	}
	if rest, is := strings.CutPrefix(path, "~"+string(os.PathSeparator)); is { // no shell has expanded it
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(home, rest)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("%s exists already and is not overwritten; use another name, or remove it first", path)
	}
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(file, "# The set-up of a lab when it was saved. To start it again: regroup demo --scene %s\n%s", filepath.Base(path), content)
	return path, errors.Join(err, file.Close())
}

// Save writes the lab's current set-up to a new file, which `regroup demo --scene` can play; see ui.Lab.
func (d *demo) Save(ctx context.Context, path string) (written string, err error) {
	d.mu.Lock()
	l := d.lab
	d.mu.Unlock()
	if l == nil {
		return "", errNotReady
	}
	scene, err := l.Setup(ctx)
	if err != nil {
		return "", err
	}
	return saveScene(scene, path)
}
