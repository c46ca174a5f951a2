//go:build !unix

package postgres

import "os/exec"

func detach(*exec.Cmd, int, int) {}
