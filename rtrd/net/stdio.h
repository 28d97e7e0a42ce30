/*
 * stdio: stdin and stdout joined to the socket of a daemon that runs, for who
 * starts programs and gives them a connection: an SSH subsystem, inetd.
 *
 *	stdin  --> 64 KiB --> Unix socket of rtrd
 *	stdout <-- 64 KiB <-- Unix socket of rtrd
 *
 * Octets are moved and not looked at.  It ends when either side ends: what the
 * daemon has sent by then is delivered.
 */
#ifndef NET_STDIO_H
#define NET_STDIO_H

/* Where a daemon is looked for when the configuration does not say. */
#define STDIO_PATH "/run/waymark/rtr.sock"

/* Join them to the socket at `path`, until the end.  Behind SSH the daemon is
 * told who it is (SSH_CONNECTION).  0; or an error with `why`: nobody is there,
 * or a side broke. */
int stdio_join(const char *path, char why[256]);

#endif
