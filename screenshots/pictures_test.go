package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The program still draws what the pictures show: the sessions run again, without pauses and films, and the structure of
// each still is compared with that of the picture.
func TestPicturesAreNotStale(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a Unix pseudo terminal")
	}
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	program, remove, err := build(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	for _, s := range sessions {
		stills, _ := s.pictures()
		if len(stills) == 0 {
			continue
		}
		t.Run(strings.Join(stills, " "), func(t *testing.T) {
			t.Parallel()
			drawn := map[string]string{}
			for _, name := range stills {
				content, err := os.ReadFile(name + ".txt")
				if err != nil {
					t.Fatalf("%s was never drawn: go generate ./screenshots", name)
				}
				drawn[name] = string(content)
			}
			p, err := s.run(program, ".", dark, drawn)
			if err != nil {
				t.Fatal(err)
			}
			for name, f := range p.stills {
				if now := structure(f); fitted(now) != fitted(drawn[name]) {
					t.Errorf("%s is stale: go generate ./screenshots\nthe picture has\n%s\nthe program draws\n%s\n%s", name, drawn[name], now, f.text())
				}
			}
		})
	}
}

// fitted is a structure without the column that gives way first where a state or a lag of the moment is a letter wider.
func fitted(structure string) string { return strings.Replace(structure, "  ASSIGNOR", "", 1) }

// files are the pictures and structures that the sessions make.
func files() []string {
	var all []string
	for _, s := range sessions {
		themes := []string{dark.name}
		if s.light {
			themes = append(themes, light.name)
		}
		stills, films := s.pictures()
		for _, name := range stills {
			all = append(all, name+".txt")
			for _, theme := range themes {
				all = append(all, name+"-"+theme+".png")
			}
		}
		for _, name := range films {
			for _, theme := range themes {
				all = append(all, name+"-"+theme+".gif")
			}
		}
	}
	slices.Sort(all)
	return all
}

// The directory has exactly the pictures of the sessions.
func TestPicturesAreThoseOfTheTable(t *testing.T) {
	want := files()
	if unique := slices.Compact(slices.Clone(want)); len(unique) != len(want) {
		t.Errorf("two pictures have one name: %q", want)
	}
	var have []string
	for _, pattern := range []string{"*.png", "*.gif", "*.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		have = append(have, found...)
	}
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("go generate ./screenshots makes\n%q\nthere is\n%q", want, have)
	}
}

// Every picture that a page names is there, and every picture is shown on some page.
func TestPagesShowThePictures(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, page := range append(pages, "../README.md") {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`screenshots/([\w.-]+\.(?:png|gif))`).FindAllStringSubmatch(string(content), -1) {
			shown[name[1]] = true
			if !slices.Contains(files(), name[1]) {
				t.Errorf("%s shows %s, which no session draws", page, name[1])
			}
		}
	}
	for _, name := range files() {
		if filepath.Ext(name) != ".txt" && !shown[name] {
			t.Errorf("no page shows %s", name)
		}
	}
}

// The pictures are a part of every clone.
func TestPicturesAreSmall(t *testing.T) {
	const one, together = 2_500_000, 6_000_000 // bytes
	var sum int64
	for _, name := range files() {
		info, err := os.Stat(name)
		if err != nil {
			continue // reported by another test
		}
		sum += info.Size()
		if info.Size() > one {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
	}
	if sum > together {
		t.Errorf("the pictures have %d bytes", sum)
	}
}
