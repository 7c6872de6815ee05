# SPDX-License-Identifier: GPL-2.0-only
# For the tests of failing system calls, sourced: what each call may fail with; others with EIO and EACCES.
# shellcheck shell=bash
errors_of() {
	case $1 in
	openat) echo "EMFILE EACCES EIO EINTR ENOMEM" ;;
	read | pread64 | getdents64) echo "EIO EINTR" ;;
	write | pwrite64 | ftruncate) echo "ENOSPC EIO EINTR" ;;
	copy_file_range) echo "ENOSPC EIO" ;;
	mmap | munmap | mremap) echo "ENOMEM" ;;
	fsopen | fsconfig | fsmount | open_tree | move_mount | mount_setattr | unshare) echo "EPERM ENOSPC EMFILE" ;;
	clone | clone3) echo "EAGAIN ENOMEM" ;;
	mkdir | mkdirat) echo "ENOSPC EACCES" ;;
	dup3 | fcntl | memfd_create) echo "EMFILE" ;;
	close | exit_group | exit | futex | getpid | getppid | gettid | rt_sig*) ;; # cannot fail in a way that matters
	brk) ;; # gives the old end, no error, which the C library takes for one
	*) echo "EIO EACCES" ;;
	esac
}
