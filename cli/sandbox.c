/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What serving takes; anything else is refused with EPERM. */
static const char *const calls[] = {
	/* the peer */
	"accept4",
	"recvmsg",
	"sendmsg",
	"recvfrom",
	"sendto",
	"getsockopt",
	"setsockopt",
	"shutdown",
	"socketpair",
	/* descriptors that it sends */
	"close",
	"dup",
	"fcntl",
	"fstat",
	"newfstatat",
	"lseek",
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"preadv",
	"pwritev",
	"preadv2",
	"pwritev2",
	/* memory */
	"brk",
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"memfd_create",
	"ftruncate",
	"membarrier",
	/* disks */
	"fdatasync",
	"fsync",
	"fallocate",
	"io_uring_enter",
	/* waiting, threads, the end */
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"poll",
	"ppoll",
	"futex",
	"sched_yield",
	"clock_gettime",
	"clock_nanosleep",
	"nanosleep",
	"getpid",
	"gettid",
	"getrandom",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigaction",
	"sigaltstack",
	"tgkill",
	"restart_syscall",
	"rseq",
	"exit",
	"exit_group",
};

static enum status drop_root(const char *name, struct trouble *trouble)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return STATUS_OK;
	errno = 0;
	user = getpwnam(name ? name : "nobody");
	if (!user)
		return complain(trouble, STATUS_USAGE, "--user: there is no user %s",
				name ? name : "nobody");
	if (user->pw_uid == 0)
		return complain(trouble, STATUS_USAGE,
				"--user: expected somebody without privileges; got %s", name);
	if (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid) || setuid(0) == 0)
		return complain(trouble, STATUS_HOST, "cannot become %s: %s", user->pw_name,
				strerror(errno));
	return STATUS_OK;
}

/* No file can be opened, made, renamed or removed any more. */
static enum status give_up_files(struct trouble *trouble)
{
	const struct landlock_ruleset_attr rules = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (fd < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
		fprintf(stderr, "xlat serve: this kernel has no Landlock: files can still be "
				"opened in the sandbox\n");
		return STATUS_OK;
	}
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0))
		return complain(trouble, STATUS_HOST, "the sandbox cannot be entered: Landlock: %s",
				strerror(errno));
	close(fd);
	return STATUS_OK;
}

static enum status give_up_calls(struct trouble *trouble)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = filter ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && !error; i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		/* One that this processor does not have cannot be made either. */
		if (number != __NR_SCMP_ERROR)
			error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	if (!error)
		error = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return error ? complain(trouble, STATUS_HOST, "the sandbox cannot be entered: seccomp: %s",
				strerror(-error))
		     : STATUS_OK;
}

enum status enter_sandbox(const char *user, struct trouble *trouble)
{
	enum status status = drop_root(user, trouble);

	if (status == STATUS_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		status = complain(trouble, STATUS_HOST, "the sandbox cannot be entered: %s",
				  strerror(errno));
	if (status == STATUS_OK)
		status = give_up_files(trouble);
	if (status == STATUS_OK)
		status = give_up_calls(trouble);
	return status;
}
