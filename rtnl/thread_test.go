package rtnl

import "runtime"

func lockThread() { runtime.LockOSThread() }
