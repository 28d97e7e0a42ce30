/*
 * control: the Unix socket that rtrctl speaks to, on the main loop.
 *
 *	ASKING     until a line is there          BOUND_CONTROL_IDLE_MS in all
 *	ANSWERING  piece, written, next piece     the same for each piece, and
 *	                                          BOUND_CONTROL_ANSWER_MS in all
 *	closed     at the end, or at any error
 *
 *	HEIR       the sockets are sent           BOUND_TAKE_OVER_MS to decide
 *
 * What a client sends after its line is read and thrown away: a socket that is
 * closed with octets unread would take the answer back from the client.
 */
#include "rtrd/net/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/text.h"
#include "rtrd/net/local.h"
#include "rtrd/serve/control.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	BACKLOG = 2 * BOUND_CONTROL_CLIENTS, /* wait for one to end */
	SOCKET_MODE = 0660, /* the group may ask as well */
	PIECE = 32768
};

/* The listening socket. */
struct entry {
	uv_pipe_t pipe;
	struct control *control;
	struct local_file file;
	bool lent; /* the file is not ours to remove */
	bool waiting; /* somebody is there, and the limit is reached */
};

struct client {
	uv_pipe_t pipe;
	uv_timer_t deadline;
	uv_idle_t again; /* while a body looks on without finding */
	uv_write_t write;
	struct control *control;
	struct client *next, **back;
	struct text request;
	struct body *body; /* NULL: still asking */
	struct mono begun; /* the answer */
	int handles; /* that the loop still has */
	bool heir; /* it has our sockets, and has not decided */
	char in[4096];
	char piece[PIECE];
};

struct control {
	uv_loop_t *loop;
	const struct view *view;
	const struct log *log;
	struct entry *entry; /* NULL: not listening */
	struct client *clients;
	size_t count;
	struct heirloom offer; /* for the next control_listen */
	struct handover_calls handover; /* all NULL: there is none */
	size_t holders; /* entries and clients that the loop still has */
	bool stopped;
};

/* One that pointed to the control is gone; free it after the last. */
static void
control_release(struct control *c)
{
	if (--c->holders == 0 && c->stopped)
		free(c);
}

static void on_client(uv_stream_t *stream, int status);

/* The last of the three handles takes the memory with it, and who waited comes
 * in its place. */
static void
on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;
	struct control *c = client->control;

	if (--client->handles > 0)
		return;
	body_free(client->body);
	text_free(&client->request);
	free(client);
	if (c->entry != NULL && c->entry->waiting)
		on_client((uv_stream_t *)&c->entry->pipe, 0);
	control_release(c);
}

/* May be called again: whoever comes first closes. */
static void
client_close(struct client *client)
{
	if (uv_is_closing((uv_handle_t *)&client->pipe))
		return;
	if (client->heir && !client->control->stopped)
		log_event(client->control->log, LOG_LEVEL_WARN, "take-over",
			"given up: all stays as it is");
	*client->back = client->next;
	if (client->next != NULL)
		client->next->back = client->back;
	client->control->count--;
	uv_close((uv_handle_t *)&client->pipe, on_client_closed);
	uv_close((uv_handle_t *)&client->deadline, on_client_closed);
	uv_close((uv_handle_t *)&client->again, on_client_closed);
}

/* The only remedy against who is silent or takes nothing. */
static void
on_deadline(uv_timer_t *timer)
{
	client_close(timer->data);
}

/* Time for the next piece, within the time for the whole. */
static void
deadline_renew(struct client *client)
{
	int64_t left =
		BOUND_CONTROL_ANSWER_MS - mono_since(client->begun, mono_now());

	if (left > BOUND_CONTROL_IDLE_MS)
		left = BOUND_CONTROL_IDLE_MS;
	uv_timer_start(&client->deadline, on_deadline,
		left > 0 ? (uint64_t)left : 0, 0);
}

static void client_step(struct client *client);

/* A write that ends with an error is a client that left. */
static void
on_written(uv_write_t *write, int status)
{
	struct client *client = write->data;

	if (status != 0)
		client_close(client);
	else if (!uv_is_closing((uv_handle_t *)&client->pipe))
		client_step(client);
}

/* The loop has turned once; on with the search. */
static void
on_again(uv_idle_t *idle)
{
	uv_idle_stop(idle);
	client_step(idle->data);
}

/* Send the next piece of the answer, or end. */
static void
client_step(struct client *client)
{
	uv_buf_t buf;
	size_t n;

	switch (body_next(client->body, client->piece, PIECE, &n)) {
	case BODY_MORE:
		break;
	case BODY_END:
	case BODY_FAILED:
		client_close(client);
		return;
	}
	deadline_renew(client);
	if (n == 0) {
		uv_idle_start(&client->again, on_again);
		return;
	}
	buf = uv_buf_init(client->piece, (unsigned)n);
	if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &buf, 1,
		    on_written) != 0)
		client_close(client);
}

/* Whether the request, of `n` octets, is this line. */
static bool
client_says(const struct client *client, size_t n, const char *line)
{
	return n == strlen(line) && memcmp(client->request.p, line, n) == 0;
}

/* Send the sockets, and wait for a decision. */
static void
client_make_heir(struct client *client)
{
	struct control *c = client->control;
	uv_os_fd_t fd = -1;

	text_clear(&client->request);
	if (c->handover.each == NULL ||
		uv_fileno((uv_handle_t *)&client->pipe, &fd) != 0 ||
		!handover_may(fd) || !handover_send(fd, &c->handover)) {
		log_event(c->log, LOG_LEVEL_WARN, "take-over", "refused");
		client_close(client);
		return;
	}
	client->heir = true;
	log_event(c->log, LOG_LEVEL_INFO, "take-over",
		"asked for: the sockets are handed over");
	uv_timer_start(&client->deadline, on_deadline, BOUND_TAKE_OVER_MS, 0);
}

/* It is ready, or it is not: anything but the word is a no.  Who leaves closes
 * this client too. */
static void
client_decide(struct client *client, size_t n)
{
	struct control *c = client->control;

	if (client_says(client, n, HANDOVER_COMMIT))
		c->handover.leave(c->handover.ctx);
	else
		client_close(client);
}

/* The request is there: `n` octets. */
static void
client_answer(struct client *client, size_t n)
{
	struct moment now = {wall_now(), mono_now()};

	if (client->heir) {
		client_decide(client, n);
		return;
	}
	if (client_says(client, n, HANDOVER_ASK)) {
		client_make_heir(client);
		return;
	}
	client->begun = now.mono;
	client->body = control_answer(
		client->control->view, now, span_of(client->request.p, n));
	text_free(&client->request);
	if (client->body == NULL)
		client_close(client);
	else
		client_step(client);
}

/* One buffer a client: what is read is used up at once. */
static void
on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct client *client = handle->data;

	(void)suggested;
	*buf = uv_buf_init(client->in, sizeof(client->in));
}

/* Take octets of the request, and answer once a line is there or cannot be. */
static void
request_add(struct client *client, const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	struct text *t = &client->request;

	text_put(t, p, end != NULL ? (size_t)(end - p) : n);
	if (t->failed)
		client_close(client);
	else if (end != NULL || t->n > BOUND_CONTROL_REQUEST)
		client_answer(client, t->n);
}

/* An end of input is an end of line as well, for those who ask with printf
 * and netcat. */
static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *client = stream->data;

	if (n == UV_EOF && client->body != NULL)
		uv_read_stop(stream); /* it has asked, and still listens */
	else if (n == UV_EOF && client->request.n > 0)
		client_answer(client, client->request.n);
	else if (n < 0)
		client_close(client);
	else if (n > 0 && client->body == NULL)
		request_add(client, buf->base, (size_t)n);
}

/* Handles are initialised here all at once, so that closing need not know
 * how far it came. */
static struct client *
client_new(struct control *c)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	uv_pipe_init(c->loop, &client->pipe, 0);
	uv_timer_init(c->loop, &client->deadline);
	uv_idle_init(c->loop, &client->again);
	client->pipe.data = client;
	client->deadline.data = client;
	client->again.data = client;
	client->write.data = client;
	client->handles = 3;
	client->control = c;
	client->next = c->clients;
	client->back = &c->clients;
	if (client->next != NULL)
		client->next->back = &client->next;
	c->clients = client;
	c->count++;
	c->holders++;
	return client;
}

/* At the limit nothing is accepted, and libuv does not look at the socket until
 * something is: who connects in a circle would else keep it accepting and
 * closing for ever, inside one turn of the loop. */
static void
on_client(uv_stream_t *stream, int status)
{
	struct entry *entry = stream->data;
	struct control *c = entry->control;
	struct client *client;

	if (status != 0)
		return;
	client = c->count < BOUND_CONTROL_CLIENTS ? client_new(c) : NULL;
	entry->waiting = client == NULL;
	if (client == NULL)
		return;
	if (uv_accept(stream, (uv_stream_t *)&client->pipe) != 0 ||
		uv_read_start((uv_stream_t *)&client->pipe, on_room, on_read) !=
			0) {
		client_close(client);
		return;
	}
	uv_timer_start(
		&client->deadline, on_deadline, BOUND_CONTROL_IDLE_MS, 0);
}

/* The file is gone already; only the memory is left. */
static void
on_entry_closed(uv_handle_t *handle)
{
	struct entry *entry = handle->data;

	control_release(entry->control);
	free(entry);
}

/* The file goes first: nobody shall find it and not be answered. */
static void
entry_close(struct entry *entry)
{
	if (entry == NULL)
		return;
	if (!entry->lent)
		local_remove(&entry->file);
	uv_close((uv_handle_t *)&entry->pipe, on_entry_closed);
}

/* The socket that was handed to us if it is at the path, else a new one.  A
 * descriptor, or the error. */
static int
entry_socket(struct control *c, const char *path, struct entry *entry)
{
	const struct heirloom offer = c->offer;
	struct sockaddr_un at = {0};
	socklen_t size = sizeof(at);

	c->offer.fd = -1;
	if (offer.fd >= 0 &&
		getsockname(offer.fd, (struct sockaddr *)&at, &size) == 0 &&
		strncmp(at.sun_path, path, sizeof(at.sun_path)) == 0 &&
		local_adopt(path, &entry->file) == 0) {
		entry->lent = offer.from == HEIR_LENT;
		return offer.fd;
	}
	if (offer.fd >= 0)
		close(offer.fd);
	return local_bind(path, SOCKET_MODE, &entry->file);
}

/* From uv_pipe_init on, closing is the loop's. */
static int
entry_open(struct control *c, const char *path, struct entry **out)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int fd;

	if (entry == NULL)
		return ERR_NOMEM;
	fd = entry_socket(c, path, entry);
	if (fd < 0) {
		free(entry);
		return fd;
	}
	entry->control = c;
	c->holders++;
	uv_pipe_init(c->loop, &entry->pipe, 0);
	entry->pipe.data = entry;
	if (uv_pipe_open(&entry->pipe, fd) != 0) {
		close(fd);
		entry_close(entry);
		return ERR_SYSTEM;
	}
	if (uv_listen((uv_stream_t *)&entry->pipe, BACKLOG, on_client) != 0) {
		entry_close(entry);
		return ERR_SYSTEM;
	}
	*out = entry;
	return 0;
}

int
control_start(uv_loop_t *loop, const struct view *view, const struct log *log,
	struct control **out)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->loop = loop;
	c->view = view;
	c->log = log;
	c->offer.fd = -1;
	*out = c;
	return 0;
}

void
control_inherit(struct control *c, struct heirloom socket)
{
	c->offer = socket;
}

void
control_hand_over(struct control *c, const struct handover_calls *calls)
{
	c->handover = *calls;
}

int
control_socket(const struct control *c)
{
	uv_os_fd_t fd;

	if (c->entry == NULL ||
		uv_fileno((uv_handle_t *)&c->entry->pipe, &fd) != 0)
		return -1;
	return fd;
}

void
control_forget_heirs(struct control *c)
{
	struct client *next;

	for (struct client *at = c->clients; at != NULL; at = next) {
		next = at->next;
		if (at->heir)
			client_close(at);
	}
}

void
control_leave(struct control *c)
{
	if (c->entry != NULL)
		c->entry->lent = true;
}

/* The new socket is opened before the old one is closed. A path whose file
 * was removed by somebody is opened anew. */
int
control_listen(struct control *c, const char *path, char why[256])
{
	struct entry *entry = NULL;
	int err;

	if (path != NULL && c->entry != NULL &&
		strcmp(path, c->entry->file.path) == 0 &&
		local_is_there(&c->entry->file))
		return 0;
	err = path != NULL ? entry_open(c, path, &entry) : 0;
	if (err != 0) {
		snprintf(why, 256, "control socket %.150s: %s", path,
			local_text(err));
		return err;
	}
	entry_close(c->entry);
	c->entry = entry;
	if (path != NULL)
		log_event(c->log, LOG_LEVEL_INFO, "listening",
			"addr=%s proto=control", path);
	return 0;
}

/* Held by one more while the clients go, so that the last of them does not
 * free what the loop below still walks. */
void
control_stop(struct control *c)
{
	if (c == NULL)
		return;
	c->stopped = true;
	c->holders++;
	entry_close(c->entry);
	c->entry = NULL;
	while (c->clients != NULL)
		client_close(c->clients);
	control_release(c);
}
