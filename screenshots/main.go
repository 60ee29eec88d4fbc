// Screenshots draws the pictures of the documentation: it runs regroup in a terminal emulator, presses keys, and draws the
// screen as PNG and as an animated GIF.
//
//	go generate ./screenshots     # all pictures
//	go run ./screenshots card     # those with this name, into ./screenshots
package main

//go:generate go run .

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := redraw(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

// redraw draws the named pictures, or all.
func redraw(only []string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	program, remove, err := build(root)
	if err != nil {
		return err
	}
	defer remove()
	w := writer{directory: filepath.Join(root, "screenshots")}
	for _, s := range sessions {
		stills, films := s.pictures()
		if len(only) > 0 && !slices.ContainsFunc(append(stills, films...), func(name string) bool { return slices.Contains(only, name) }) {
			continue
		}
		themes := []theme{dark}
		if s.light {
			themes = append(themes, light)
		}
		for _, theme := range themes {
			fmt.Println("regroup", strings.Join(s.args, " "), "in a", theme.name, "terminal")
			p, err := s.run(program, w.directory, theme, nil)
			if err != nil {
				return err
			}
			if err := w.write(p, theme); err != nil {
				return err
			}
		}
	}
	return nil
}

// moduleRoot is the directory of go.mod: generators run in the directory of their package.
func moduleRoot() (string, error) {
	output, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(output))), nil
}

// build builds the program and returns its path, and a function that removes it.
func build(root string) (program string, remove func(), err error) {
	directory, err := os.MkdirTemp("", "regroup-screenshots-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(directory) } // a temporary directory
	program = filepath.Join(directory, "regroup")
	command := exec.Command("go", "build", "-o", program, ".")
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		return "", nil, errors.Join(fmt.Errorf("go build: %w\n%s", err, output), os.RemoveAll(directory))
	}
	return program, remove, nil
}

// writer writes pictures into a directory.
type writer struct{ directory string }

func (w writer) write(p *play, theme theme) error {
	for name, f := range p.stills {
		r, err := newRaster(stillSize)
		if err != nil {
			return err
		}
		picture, err := encodePNG(r, f)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if theme == dark { // the light one has the same
			if err := w.file(name+".txt", []byte(structure(f))); err != nil {
				return err
			}
		}
		if err := w.file(name+"-"+theme.name+".png", picture); err != nil {
			return err
		}
	}
	for name, moments := range p.films {
		r, err := newRaster(filmSize)
		if err != nil {
			return err
		}
		picture, err := encodeGIF(r, moments)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := w.file(name+"-"+theme.name+".gif", picture); err != nil {
			return err
		}
	}
	return nil
}

func (w writer) file(name string, content []byte) error {
	fmt.Printf("  %s %d kB\n", name, (len(content)+999)/1000)
	return os.WriteFile(filepath.Join(w.directory, name), content, 0o644)
}
