package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// pointer tells other commands of this user where a demo runs.
type pointer struct {
	PID    int    `json:"pid"`
	Addr   string `json:"addr"`
	Config string `json:"config"`
}

func pointerFile() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "rowhouse", "demo.json"), nil
}

// point writes the pointer of this process. undo takes it away, if it is still ours.
func point(p pointer) (undo func(), err error) {
	undo = func() {}
	path, err := pointerFile()
	if err != nil {
		return undo, err
	}
	p.PID = os.Getpid()
	text, err := json.Marshal(p)
	if err != nil {
		return undo, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return undo, err
	}
	// Nobody ever reads half a file.
	draft := fmt.Sprintf("%s.%d", path, p.PID)
	if err := os.WriteFile(draft, text, 0o600); err != nil {
		return undo, err
	}
	if err := os.Rename(draft, path); err != nil {
		return undo, err
	}
	return func() {
		if now, err := readPointer(path); err == nil && now.PID == p.PID {
			_ = os.Remove(path)
		}
	}, nil
}

func readPointer(path string) (p pointer, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p)
}

// runningDemo returns the demo that runs, if one does. A pointer that a killed demo
// left is ignored, also where its number belongs to another process by now.
func runningDemo() (pointer, bool) {
	const patience = 300 * time.Millisecond
	path, err := pointerFile()
	if err != nil {
		return pointer{}, false
	}
	p, err := readPointer(path)
	if err != nil || !alive(p.PID) {
		return pointer{}, false
	}
	if _, err := os.Stat(p.Config); err != nil { // it is on its way out
		return pointer{}, false
	}
	conn, err := net.DialTimeout("tcp", p.Addr, patience)
	if err != nil {
		return pointer{}, false
	}
	return p, conn.Close() == nil
}
