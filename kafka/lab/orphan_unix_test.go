//go:build unix

package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"regroup/kafka"
	"regroup/model"
)

// runParent is a program with a lab, for a test to end however it likes. It plays on the brokers that the environment
// names, prints the pids of its children as a JSON array a line, and pauses consumer-1 when it runs.
func runParent() error {
	scene := oneConsumer(quick())
	scene.Groups[0].Consumers = append(scene.Groups[0].Consumers, Consumer{Name: "consumer-2"})
	paused := false
	ask := make(chan struct{}, 1)
	lab, err := New(Options{
		Kafka:   kafka.Config{Brokers: strings.Split(os.Getenv("LAB_TEST_BROKERS"), ",")},
		Command: childCommand(), Scene: scene,
		Emit: func(s *model.LabSnapshot) {
			var pids []int
			states := map[model.LabState]int{}
			for _, c := range s.Consumers {
				pids = append(pids, c.PID)
				states[c.State]++
			}
			for _, p := range s.Producers {
				pids = append(pids, p.PID)
			}
			switch {
			case states[model.LabRunning] == 2 && !paused:
				paused = true
				ask <- struct{}{}
			case states[model.LabRunning] == 1 && states[model.LabPaused] == 1:
				_ = json.NewEncoder(os.Stdout).Encode(pids)
			}
		},
	})
	if err != nil {
		return err
	}
	if err := lab.Start(context.Background()); err != nil {
		return err
	}
	<-ask
	if err := lab.Do(context.Background(), model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"}); err != nil {
		return err
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return fmt.Errorf("nobody ended the parent: %w", err)
	}
	panic("the test asked for a panic")
}

// alive says whether there is a process of that pid that has not ended. A zombie that
// waits to be reaped has ended.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) || !hasProc()
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return fields[0] != "Z" && fields[0] != "X"
}

func hasProc() bool {
	_, err := os.Stat("/proc/self/stat")
	return err == nil
}

// No child outlives its parent, however that ends and whatever the child is doing.
func TestNoChildOutlivesItsParent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		end  func(parent *exec.Cmd, input *os.File) error
	}{
		{"SIGKILL", func(parent *exec.Cmd, _ *os.File) error { return parent.Process.Kill() }},
		{"SIGTERM", func(parent *exec.Cmd, _ *os.File) error { return parent.Process.Signal(syscall.SIGTERM) }},
		{"SIGINT", func(parent *exec.Cmd, _ *os.File) error { return parent.Process.Signal(syscall.SIGINT) }},
		{"SIGHUP", func(parent *exec.Cmd, _ *os.File) error { return parent.Process.Signal(syscall.SIGHUP) }},
		{"panic", func(_ *exec.Cmd, input *os.File) error { _, err := input.WriteString("\n"); return err }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.name == "SIGHUP" && signal.Ignored(syscall.SIGHUP) || test.name == "SIGINT" && signal.Ignored(syscall.SIGINT) {
				t.Skip(test.name + " is ignored here, as under nohup or in a background job, and so it is by the parent")
			}
			_, config := newCluster(t)
			inRead, inWrite, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = inWrite.Close() }()
			parent := exec.Command(os.Args[0], argParent)
			parent.Env = append(os.Environ(), "LAB_TEST_BROKERS="+strings.Join(config.Brokers, ","))
			parent.Stdin = inRead
			output, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			_ = inRead.Close()
			defer func() { _ = parent.Process.Kill(); _ = parent.Wait() }()

			var pids []int
			lines := bufio.NewScanner(output)
			if !lines.Scan() || json.Unmarshal(lines.Bytes(), &pids) != nil || len(pids) != 3 {
				t.Fatalf("the parent printed %q, wanted three pids", lines.Text())
			}
			if hasProc() {
				eventually(t, "one of the children is stopped", func() bool { return slices.ContainsFunc(pids, stopped) })
			}
			if err := test.end(parent, inWrite); err != nil {
				t.Fatal(err)
			}
			for _, pid := range pids {
				eventually(t, fmt.Sprintf("child %d is gone", pid), func() bool { return !alive(pid) })
			}
		})
	}
}

func stopped(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") T ")
}

func TestCloseLeavesNoProcess(t *testing.T) {
	t.Parallel()
	s := pair(t, quick())
	s.do(model.LabAction{Kind: model.LabPause, Consumer: "consumer-1"})
	s.inState("consumer-1", model.LabPaused)
	newest := s.snapshots()[len(s.snapshots())-1]
	s.close()
	for _, c := range newest.Consumers {
		if alive(c.PID) {
			t.Errorf("%s (pid %d) is still there", c.Name, c.PID)
		}
	}
	for _, p := range newest.Producers {
		if alive(p.PID) {
			t.Errorf("the producer (pid %d) is still there", p.PID)
		}
	}
	before := len(s.snapshots())
	if described := s.describe("g"); len(described.Members) != 0 {
		t.Errorf("the group still has %v: its members were not asked to leave", owners(described))
	}
	if after := len(s.snapshots()); after != before {
		t.Errorf("%d snapshots came after Close", after-before)
	}
}

// A child that does not respond is killed when the context of Close ends.
func TestCloseKillsAStoppedChild(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(quick()))
	c := s.inState("consumer-1", model.LabRunning)
	if err := syscall.Kill(c.PID, syscall.SIGSTOP); err != nil { // behind the lab's back, so that it does not resume it
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.lab.Close(ctx); err != nil {
		t.Error(err)
	}
	if alive(c.PID) {
		t.Errorf("pid %d is still there", c.PID)
	}
}

func TestChildIsNotReachedByTheTerminalsSignals(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(quick()))
	c := s.inState("consumer-1", model.LabRunning)
	group, err := syscall.Getpgid(c.PID)
	if err != nil {
		t.Fatal(err)
	}
	if group != c.PID || group == syscall.Getpgrp() {
		t.Errorf("the child is in process group %d, wanted one of its own", group)
	}
}

func TestChildKilledByAStranger(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(quick()))
	c := s.inState("consumer-1", model.LabRunning)
	if err := syscall.Kill(c.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if killed := s.inState("consumer-1", model.LabKilled); !strings.Contains(killed.Note, "another process") {
		t.Errorf("its note is %q", killed.Note)
	}
}

func TestFailedChildReportsItsStderr(t *testing.T) {
	t.Parallel()
	s := play(t, oneConsumer(quick()))
	c := s.inState("consumer-1", model.LabRunning)
	if err := syscall.Kill(c.PID, syscall.SIGQUIT); err != nil { // the Go runtime prints every goroutine
		t.Fatal(err)
	}
	if failed := s.inState("consumer-1", model.LabFailed); !strings.Contains(failed.Note, "exit status 2") || strings.Contains(failed.Note, "\n") {
		t.Errorf("its note is %q", failed.Note)
	}
}

// The configuration, which may hold a password, is on no command line.
func TestPasswordIsNotOnTheCommandLine(t *testing.T) {
	if !hasProc() {
		t.Skip("no /proc here to read command lines from")
	}
	config := kafka.Config{Brokers: []string{"127.0.0.1:1"}}
	config.SASL = kafka.SASLConfig{Mechanism: "PLAIN", Username: "u", Password: "s3cret"}
	s := newStarter()
	defer s.stop()
	p, err := startProcess(s, childCommand(), childConfig{
		Kind: kindProducer, Kafka: kafka.WithSecrets{Config: config}, Producer: &producerConfig{Name: "p", Topic: "t"},
	}, func(report) {}, func(*process) {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { p.closeInput(); <-p.ended }()
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid()))
	if err != nil || strings.Contains(string(line), "s3cret") {
		t.Errorf("the child's command line is %q (%v)", line, err)
	}
}
