//go:build unix

package postgres

import (
	"os"
	"os/exec"
	"syscall"
)

// detach runs a command as the account, out of reach of a Ctrl-C in the
// terminal, which would stop the server before the tests have ended.
func detach(command *exec.Cmd, uid, gid int) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
}
