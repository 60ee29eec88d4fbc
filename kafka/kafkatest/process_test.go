//go:build unix

package kafkatest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// victimDir makes this test binary the victim of TestNothingOutlivesTheTestBinary; it holds a directory.
const victimDir = "KAFKATEST_VICTIM_DIR"

// A test binary that is killed cannot clean up. What it started has to end all the same.
func TestNothingOutlivesTheTestBinary(t *testing.T) {
	if dir := os.Getenv(victimDir); dir != "" {
		beVictim(t, dir)
	}
	dir := filepath.Join(t.TempDir(), "cluster")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	victim.Env = append(os.Environ(), victimDir+"="+dir)
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	pids := readPIDs(t, bufio.NewScanner(output))
	for _, pid := range pids {
		if !alive(pid) {
			t.Fatalf("process %d is gone before its parent", pid)
		}
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // it was killed: that is its error
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	if err := poll(ctx, fmt.Sprintf("processes %v and their files to go", pids), func() (bool, error) {
		for _, pid := range pids {
			if alive(pid) {
				return false, nil
			}
		}
		_, err := os.Stat(dir)
		return os.IsNotExist(err), nil
	}); err != nil {
		t.Fatal(err)
	}
}

// beVictim starts processes as a cluster does, one of them paused, tells their ids and waits to be killed.
func beVictim(t *testing.T, dir string) {
	dog, err := newWatchdog(dir)
	if err != nil {
		t.Fatal(err)
	}
	line := "pids"
	for i := range 3 {
		p, err := launch(dog, "sleep", filepath.Join(dir, fmt.Sprint(i)), exec.Command("sleep", "600"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			p.Pause(t)
		}
		line += fmt.Sprintf(" %d", p.PID())
	}
	fmt.Println(line)
	time.Sleep(Patience)
	t.Fatal("nobody killed the victim")
}

func readPIDs(t *testing.T, lines *bufio.Scanner) (pids []int) {
	t.Helper()
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "pids" {
			continue
		}
		for _, word := range words[1:] {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		return pids
	}
	t.Fatal("the victim did not tell its processes")
	return nil
}

// alive says whether there is such a process; one that has ended and was not waited for yet is not alive.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestWatchdogForgetsWhatHasEnded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cluster")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	dog, err := newWatchdog(dir)
	if err != nil {
		t.Fatal(err)
	}
	// The process is not the watchdog's own any more once it was told that it has ended: its id may be somebody else's.
	bystander := exec.Command("sleep", "600")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bystander.Process.Kill(); _ = bystander.Wait() }()
	dog.started(bystander.Process.Pid)
	dog.ended(bystander.Process.Pid)
	other, err := launch(dog, "sleep", filepath.Join(dir, "other"), exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	dog.close()
	<-other.Done()
	if !alive(bystander.Process.Pid) {
		t.Error("the watchdog killed a process that it was told had ended")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the files are still there: %v", err)
	}
}
