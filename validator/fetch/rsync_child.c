/*
 * rsync_child: fork, guard, drain, end.
 *
 * The program talks to strangers, so it gets nothing of ours: a session of
 * limits, two pipes, LC_ALL and PATH.  fork and execve and not posix_spawn, as
 * the latter knows neither limits nor PR_SET_PDEATHSIG; between the two only
 * calls that are safe after a fork.
 *
 * The group is killed while its leader is still a zombie (WNOWAIT), so that its
 * number cannot have become another's.
 */
#include "validator/fetch/rsync_child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "waymark/err.h"

enum {
	DRAIN = 65536, /* octets of one step, so that no program keeps us */
	ASK_MS = 100, /* between looks, where there is no pidfd */
	STAT_LINE = 512,
};

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

/* All that the program sees: no RSYNC_RSH, RSYNC_PROXY, HOME and the like. */
static const char *const environment[] = {
	"LC_ALL=C", "PATH=" PATH_DEFAULT, NULL};

/* Whether a file is one to execute. */
static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		access(path, X_OK) == 0;
}

int
rsync_program_find(const char *name, char out[BOUND_PATH])
{
	const char *path = getenv("PATH");
	int n;

	if (strchr(name, '/') != NULL) {
		n = snprintf(out, BOUND_PATH, "%s", name);
		return n < BOUND_PATH && is_program(out) ? 0 : ERR_NOTFOUND;
	}
	for (const char *p = path == NULL ? PATH_DEFAULT : path;
		*name != '\0';) {
		size_t length = strcspn(p, ":");

		n = snprintf(out, BOUND_PATH, "%.*s/%s", (int)length, p, name);
		if (length > 0 && n < BOUND_PATH && is_program(out))
			return 0;
		if (p[length] == '\0')
			break;
		p += length + 1;
	}
	return ERR_NOTFOUND;
}

/* Signals as at a program's start: what we ignore, it shall not. */
static void
signals_reset(void)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &plain, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What one process of the group may take: a file list of a million names fits
 * in the memory, and a file that a server lets grow ends the program. */
static void
limits_set(void)
{
	struct rlimit file = {BOUND_OBJECT_MAX + 1, BOUND_OBJECT_MAX + 1};
	struct rlimit memory = {BOUND_RSYNC_MEMORY, BOUND_RSYNC_MEMORY};
	struct rlimit core = {0, 0};

	(void)setrlimit(RLIMIT_FSIZE, &file);
	(void)setrlimit(RLIMIT_AS, &memory);
	(void)setrlimit(RLIMIT_CORE, &core);
	(void)umask(077);
}

/* The child's side of the fork; does not come back. */
static void
become(const char *const argv[], const int ends[RSYNC_STREAMS], pid_t parent)
{
	static const char failed[] = "execve failed\n";
	int null = open("/dev/null", O_RDONLY);

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || null < 0)
		_exit(127);
	signals_reset();
	limits_set();
	if (dup2(null, STDIN_FILENO) < 0 ||
		dup2(ends[RSYNC_STDOUT], STDOUT_FILENO) < 0 ||
		dup2(ends[RSYNC_STDERR], STDERR_FILENO) < 0)
		_exit(127);
	/* All of ours are O_CLOEXEC besides; an old kernel has no such call. */
	(void)close_range(3, ~0U, 0);
	(void)execve(argv[0], (char *const *)argv, (char *const *)environment);
	(void)!write(STDERR_FILENO, failed, sizeof(failed) - 1);
	_exit(127);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* a pipe's end: nothing to lose */
	*fd = -1;
}

/* Two pipes: our ends in `c`, without blocking, the program's in `ends`. */
static int
pipes_open(struct rsync_child *c, int ends[RSYNC_STREAMS])
{
	for (int i = 0; i < RSYNC_STREAMS; i++) {
		int both[2];

		if (pipe2(both, O_CLOEXEC) != 0)
			return ERR_SYSTEM;
		c->fds[i] = both[0];
		ends[i] = both[1];
		if (fcntl(both[0], F_SETFL, O_NONBLOCK) != 0)
			return ERR_SYSTEM;
	}
	return 0;
}

static void
pipes_close(int fds[RSYNC_STREAMS])
{
	for (int i = 0; i < RSYNC_STREAMS; i++)
		close_fd(&fds[i]);
}

int
rsync_child_start(struct rsync_child *c, const char *const argv[])
{
	int ends[RSYNC_STREAMS] = {-1, -1};
	pid_t parent = getpid();

	*c = (struct rsync_child){.pid = -1, .pidfd = -1, .fds = {-1, -1}};
	if (pipes_open(c, ends) == 0) {
		c->pid = fork();
		if (c->pid == 0)
			become(argv, ends, parent);
	}
	pipes_close(ends);
	if (c->pid < 0) {
		c->pid = 0;
		pipes_close(c->fds);
		return ERR_SYSTEM;
	}
	/* In both processes, as neither knows which one comes first. */
	(void)setpgid(c->pid, c->pid);
	c->pidfd = pidfd_open(c->pid, 0);
	return 0;
}

size_t
rsync_child_poll(const struct rsync_child *c, struct pollfd *fds)
{
	size_t n = 0;

	for (int i = 0; i < RSYNC_STREAMS; i++)
		if (c->fds[i] >= 0)
			fds[n++] = (struct pollfd){
				.fd = c->fds[i], .events = POLLIN};
	if (c->pidfd >= 0)
		fds[n++] = (struct pollfd){.fd = c->pidfd, .events = POLLIN};
	return n;
}

int
rsync_child_wait(const struct rsync_child *c, struct mono now)
{
	int64_t left = mono_since(now, c->kill_at);

	if (c->pidfd < 0)
		return ASK_MS;
	if (!c->stopping || c->killed)
		return -1;
	return left < 0 ? 0 : (int)left;
}

/* Read what is there, up to the share of one step. */
static void
drain(struct rsync_child *c, enum rsync_stream stream)
{
	uint8_t buffer[4096];
	size_t done = 0;
	ssize_t n = 1;

	while (c->fds[stream] >= 0 && n > 0 && done < DRAIN) {
		n = read(c->fds[stream], buffer, sizeof(buffer));
		if (n > 0) {
			rsync_said_add(
				&c->said, stream, span_of(buffer, (size_t)n));
			done += (size_t)n;
		}
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			close_fd(&c->fds[stream]);
	}
}

/* Whether the leader has ended; it stays a zombie.  Nobody else reaps here:
 * rsync_pool_new sees to that. */
static bool
is_ended(const struct rsync_child *c)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)c->pid, &info,
		       WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid != 0;
}

bool
rsync_child_step(struct rsync_child *c, struct mono now)
{
	bool ended = is_ended(c);

	drain(c, RSYNC_STDOUT);
	drain(c, RSYNC_STDERR);
	if (c->stopping && !c->killed && mono_since(c->kill_at, now) >= 0)
		rsync_child_kill(c);
	if (!ended)
		return false;
	(void)kill(-c->pid, SIGKILL);
	c->status = 0;
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		continue;
	rsync_said_end(&c->said);
	pipes_close(c->fds);
	close_fd(&c->pidfd);
	c->pid = 0;
	return true;
}

void
rsync_child_stop(struct rsync_child *c, struct mono now)
{
	if (c->stopping)
		return;
	c->stopping = true;
	c->kill_at.ms = now.ms + BOUND_RSYNC_KILL_MS;
	(void)kill(-c->pid, SIGTERM);
}

void
rsync_child_kill(struct rsync_child *c)
{
	c->stopping = c->killed = true;
	(void)kill(-c->pid, SIGKILL);
}

/* The parent of a process, or 0: the fourth field of its stat line, behind a
 * name in parentheses that may itself hold any of these. */
static pid_t
parent_of(const char *pid)
{
	char path[64], line[STAT_LINE];
	const char *p;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, line, sizeof(line) - 1);
	(void)close(fd);
	line[n < 0 ? 0 : n] = '\0';
	p = strrchr(line, ')');
	if (p == NULL || strlen(p) < 5)
		return 0;
	return (pid_t)strtol(p + 4, NULL, 10); /* ") S 123 " */
}

int
rsync_children(rsync_pids *out)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uint64_t pid;
	int err = 0;

	if (dir == NULL)
		return ERR_SYSTEM;
	while (err == 0 && (entry = readdir(dir)) != NULL) {
		if (text_number(entry->d_name, 1, INT32_MAX, &pid) != 0 ||
			parent_of(entry->d_name) != getpid())
			continue;
		if (!VEC_PUSH(out, (pid_t)pid))
			err = ERR_NOMEM;
	}
	(void)closedir(dir);
	return err;
}

static bool
is_among(const rsync_pids *all, pid_t pid)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->at[i] == pid)
			return true;
	return false;
}

/* A child keeps its number until we reap it, so the kill cannot hit another. */
size_t
rsync_orphans_end(const rsync_pids *spared)
{
	rsync_pids children = {0};
	siginfo_t info = {0};
	size_t found = 0;

	/* No children at all is the usual case, and cheap to know. */
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return 0;
	(void)rsync_children(&children);
	for (size_t i = 0; i < children.n; i++) {
		if (is_among(spared, children.at[i]))
			continue;
		(void)kill(children.at[i], SIGKILL);
		(void)waitpid(children.at[i], NULL, WNOHANG);
		found++;
	}
	VEC_FREE(&children);
	return found;
}
